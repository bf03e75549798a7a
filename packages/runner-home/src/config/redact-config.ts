import { type TextValue, textValuesOf } from "./document.ts";
import { isUnknownKey } from "./fields.ts";
import { parseConfig } from "./parse-config.ts";
import { isSecretKey, variableOf } from "./secrets.ts";
import { formatKey, formatValue } from "./values.ts";

const redacted = "[REDACTED]";
/** Tokens that are recognised wherever they stand: Plan42's, GitHub's, and passwords in URLs. */
const knownSecrets: readonly [RegExp, string][] = [
  [/\bp42[a-z]?_[\w.-]+/g, redacted],
  [/\b(?:gh[a-z]|github_pat)_\w+/g, redacted],
  [/(\w:\/\/)[^/@\s"']+@/g, `$1${redacted}@`],
  // A proxy needs no scheme.
  [/(["'])[^/@\s"':]+:[^/@\s"']+(@[^/@\s"']+:\d+\/?\1)/g, `$1${redacted}$2`],
];

/** A file's text for others to see. */
export interface RedactedConfig {
  readonly text: string;
  /** Keys whose texts are not shown because nobody knows what they are, such as `runner.tokn`. */
  readonly unknown: readonly string[];
}

/**
 * The text of a file without its secrets: tokens are replaced, and so are the texts of keys that are not known;
 * references to variables stay. Throws an `Error` if the text is no TOML.
 */
export function redactConfig(text: string): RedactedConfig {
  const isUnknown = unknownIn(text);
  const hidden = textValuesOf(text).filter(
    ({ path, value }) =>
      value !== "" && variableOf(value) === undefined && (isSecretKey(path.at(-1) ?? "") || isUnknown(path)),
  );
  const shown = hidden.reduceRight(hide, text);
  return {
    text: knownSecrets.reduce((all, [pattern, sign]) => all.replace(pattern, sign), shown),
    unknown: [
      ...new Set(
        hidden
          .map(({ path }) => path)
          .filter(isUnknown)
          .map(formatKey),
      ),
    ],
  };
}

function hide(text: string, { range: [start, end] }: TextValue): string {
  return text.slice(0, start) + formatValue(redacted, text.slice(start, end)) + text.slice(end);
}

/** Tells the keys that no runner reads: those it warns about, and texts where it wants a table. */
function unknownIn(text: string): (path: readonly string[]) => boolean {
  const { warnings } = parseConfig(text, {
    platform: "linux",
    processors: 1,
    variable: () => "set",
    readFile: () => "set",
  });
  const unknown = warnings.filter(isUnknownKey).map(({ path }) => path.toLowerCase());
  return (path) => {
    const written = path.join(".").toLowerCase();
    const depth = path[0]?.toLowerCase() === "runner" ? 2 : 3;
    return path.length < depth || unknown.some((key) => written === key || written.startsWith(`${key}.`));
  };
}
