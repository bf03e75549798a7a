export { type KeyHelp, KeyList } from "./key-list.tsx";
export { type Screen, type Shown, show, Window } from "./show.tsx";
export { createScreenStore, type ScreenStore } from "./store.ts";
export { coloured, colours, noColours, type Theme, ThemeProvider, useTheme } from "./theme.ts";
export { useStore } from "./use-store.ts";
export { moreText, visibleRange } from "./visible-range.ts";
