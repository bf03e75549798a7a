import type { KeyHelp } from "@plano/screen";

/** All keys of the form. */
export const helpKeys: readonly KeyHelp[] = [
  ["tab, down, enter", "next field; below the runtime it checks the token first"],
  ["shift+tab, up", "previous field"],
  ["ctrl+s", "save from anywhere, without asking the server"],
  ["esc", "leave without saving; cancels a check, closes the list"],
  ["ctrl+c", "leave at once"],
  ["ctrl+z", "suspend; fg comes back"],
  ["ctrl+r", "show or hide the token"],
  ["left, right", "in a text; between buttons; close, open the list"],
  ["enter, space", "open the list, choose; press a button"],
  ["home, end", "beginning, end of a text (ctrl+a, ctrl+e)"],
  ["ctrl+u, ctrl+k", "delete to the beginning, to the end"],
  ["ctrl+w", "delete a word"],
  ["?", "these keys"],
];
