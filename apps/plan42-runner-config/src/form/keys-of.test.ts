import type { Key as PressedKey } from "ink";
import { expect, test } from "vitest";
import { keysOf } from "./keys-of.ts";

const none = Object.fromEntries(
  ["upArrow", "downArrow", "leftArrow", "rightArrow", "return", "escape", "ctrl", "shift", "tab", "meta"].map(
    (name) => [name, false],
  ),
) as unknown as PressedKey;
const names = (input: string, pressed: Partial<PressedKey> = {}) =>
  keysOf(input, { ...none, ...pressed }).map((key) => (key.name === "edit" ? key.edit : key.name));

test("keys are known by what terminals send for them", () => {
  expect(names("", { tab: true })).toEqual(["down"]);
  expect(names("", { tab: true, shift: true })).toEqual(["up"]);
  expect(names("s", { ctrl: true })).toEqual(["save"]);
  expect(names("x", { ctrl: true })).toEqual([]);
  expect(names("?")).toEqual(["help"]);
  expect(names(" ")).toEqual(["space"]);
  expect(names("q")).toEqual([{ type: "insert", text: "q" }]);
  expect(names("q", { meta: true })).toEqual([]);
});

test("keys that come together are taken one by one", () => {
  expect(names("p42r_a b\t\u0013\r")).toEqual([
    { type: "insert", text: "p42r_a" },
    "space",
    { type: "insert", text: "b" },
    "down",
    "save",
    "enter",
  ]);
});
