import { styleText } from "node:util";

/** Functions that dress a piece of text; each returns it unchanged when colour is off. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly cyan: (text: string) => string;
}

type Format = keyof Style;

/** Builds the {@link Style} of one stream. */
export function createStyle(colour: boolean): Style {
  const dress = (format: Format) => (text: string) =>
    colour && text !== "" ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: dress("bold"),
    dim: dress("dim"),
    red: dress("red"),
    yellow: dress("yellow"),
    green: dress("green"),
    cyan: dress("cyan"),
  };
}

/**
 * Whether a stream gets colour: `NO_COLOR` (any non-empty value) wins, then `FORCE_COLOR`
 * (`0` and `false` mean off, anything else on), then a terminal that is not `TERM=dumb`.
 */
export function wantsColour(
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (environment.NO_COLOR) return false;
  const force = environment.FORCE_COLOR;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return isTerminal && environment.TERM !== "dumb";
}
