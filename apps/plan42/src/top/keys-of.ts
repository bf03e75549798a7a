import type { Key as PressedKey } from "ink";
import type { Key } from "./state.ts";

const letters: Readonly<Record<string, Key>> = {
  l: "log",
  f: "log",
  k: "kill",
  y: "yes",
  q: "back",
  g: "home",
  G: "end",
  "?": "help",
};

const withControl: Readonly<Record<string, Key>> = { c: "quit", z: "suspend" };

/** The keys for what a terminal has sent at once: mostly one. */
export function keysOf(input: string, pressed: PressedKey): readonly Key[] {
  if (pressed.ctrl) return withControl[input] === undefined ? [] : [withControl[input]];
  if (pressed.escape) return ["back"];
  if (pressed.return) return ["log"];
  if (pressed.upArrow) return ["up"];
  if (pressed.downArrow) return ["down"];
  if (pressed.pageUp) return ["page-up"];
  if (pressed.pageDown) return ["page-down"];
  if (pressed.home) return ["home"];
  if (pressed.end) return ["end"];
  return [...input].map((letter) =>
    letter === "\u0003" ? "quit" : letter === "\r" ? "log" : (letters[letter] ?? "other"),
  );
}
