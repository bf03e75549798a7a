import type { Key as PressedKey } from "ink";
import type { Key } from "./state.ts";
import type { TextEdit } from "./text-input.ts";

const withControl: Readonly<Record<string, Key>> = {
  c: { name: "quit" },
  s: { name: "save" },
  z: { name: "suspend" },
  r: { name: "reveal" },
  a: editKey({ type: "home" }),
  e: editKey({ type: "end" }),
  b: { name: "left" },
  f: { name: "right" },
  n: { name: "down" },
  p: { name: "up" },
  d: editKey({ type: "delete" }),
  h: editKey({ type: "backspace" }),
  u: editKey({ type: "delete-to-start" }),
  k: editKey({ type: "delete-to-end" }),
  w: editKey({ type: "delete-word" }),
};

/** The form's keys for what a terminal has sent at once: mostly one. */
export function keysOf(input: string, pressed: PressedKey): readonly Key[] {
  if (pressed.ctrl) return withControl[input] === undefined ? [] : [withControl[input]];
  if (pressed.escape) return [{ name: "escape" }];
  if (pressed.upArrow || (pressed.tab && pressed.shift)) return [{ name: "up" }];
  if (pressed.downArrow || pressed.tab) return [{ name: "down" }];
  if (pressed.leftArrow) return [{ name: "left" }];
  if (pressed.rightArrow) return [{ name: "right" }];
  if (pressed.return) return [{ name: "enter" }];
  if (pressed.home) return [editKey({ type: "home" })];
  if (pressed.end) return [editKey({ type: "end" })];
  if (pressed.backspace) return [editKey({ type: "backspace" })];
  if (pressed.delete) return [editKey({ type: "delete" })];
  if (pressed.meta || input === "") return [];
  if (input === "?") return [{ name: "help" }];
  return splitInput(input);
}

/** Keys that came so quickly that a terminal sent them together. */
function splitInput(input: string): readonly Key[] {
  return [...input.matchAll(/\p{Cc}| |[^\p{Cc} ]+/gu)].flatMap(([part]): readonly Key[] => {
    if (part === " ") return [{ name: "space" }];
    if (part === "\t") return [{ name: "down" }];
    if (part === "\r" || part === "\n") return [{ name: "enter" }];
    if (!/\p{Cc}/u.test(part)) return [editKey({ type: "insert", text: part })];
    const key = withControl[String.fromCharCode(part.charCodeAt(0) + 0x60)];
    return key === undefined ? [] : [key];
  });
}

function editKey(edit: TextEdit): Key {
  return { name: "edit", edit };
}
