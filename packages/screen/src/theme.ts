import { createContext, useContext } from "react";

/** The colours of a screen by what a text is; undefined is the terminal's own. */
export interface Theme {
  readonly selected: string | undefined;
  readonly other: string | undefined;
  readonly error: string | undefined;
  readonly good: string | undefined;
  readonly warning: string | undefined;
  readonly spinner: string | undefined;
}

export const colours: Theme = {
  selected: "#FFC5D3",
  other: "#969696",
  error: "#FF0000",
  good: "green",
  warning: "yellow",
  spinner: "ansi256(69)",
};

/** For `NO_COLOR`: what is selected is told by a sign and by weight. */
export const noColours: Theme = {
  selected: undefined,
  other: undefined,
  error: undefined,
  good: undefined,
  warning: undefined,
  spinner: undefined,
};

const themeContext = createContext<Theme>(noColours);

export const ThemeProvider = themeContext.Provider;

export function useTheme(): Theme {
  return useContext(themeContext);
}

/** A colour for a `Text`, which does not take undefined. */
export function coloured(colour: string | undefined): { readonly color?: string } {
  return colour === undefined ? {} : { color: colour };
}
