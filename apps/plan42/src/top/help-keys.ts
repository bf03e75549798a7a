import type { KeyHelp } from "@plano/screen";

/** All keys of the live view. */
export const helpKeys: readonly KeyHelp[] = [
  ["up, down", "choose a job; move in a log"],
  ["page up, page down", "ten at once"],
  ["home, end (g, G)", "the first, the last; at its end a log goes on by itself"],
  ["enter, l", "follow the job's log"],
  ["k", "kill the job, after a question"],
  ["esc, q", "back, and from the jobs leave"],
  ["ctrl+c", "leave at once"],
  ["ctrl+z", "suspend; fg comes back"],
  ["?", "these keys"],
];
