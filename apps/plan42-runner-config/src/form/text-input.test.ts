import { expect, test } from "vitest";
import { maskSecret } from "./secret-text.ts";
import { cutText, editText, inputOf, type TextEdit, visibleText } from "./text-input.ts";

const after = (text: string, cursor: number, edit: TextEdit) => {
  const { text: edited, cursor: at } = editText({ text, cursor }, edit);
  return `${edited.slice(0, at)}|${edited.slice(at)}`;
};

test("keys edit a line where the cursor is", () => {
  expect(after("abc", 1, { type: "insert", text: "X\r\nY\u001b" })).toBe("aXY|bc");
  expect(after("abc", 1, { type: "backspace" })).toBe("|bc");
  expect(after("abc", 0, { type: "backspace" })).toBe("|abc");
  expect(after("abc", 1, { type: "delete" })).toBe("a|c");
  expect(after("abc", 1, { type: "left" })).toBe("|abc");
  expect(after("abc", 3, { type: "right" })).toBe("abc|");
  expect(after("abc", 2, { type: "home" })).toBe("|abc");
  expect(after("abc", 1, { type: "end" })).toBe("abc|");
  expect(after("abc", 2, { type: "delete-to-start" })).toBe("|c");
  expect(after("abc", 1, { type: "delete-to-end" })).toBe("a|");
  expect(after("https://a.example", 17, { type: "delete-word" })).toBe("https://a.|");
});

test("a character of several code points is one", () => {
  const family = "👨‍👩‍👧";
  expect(editText(inputOf(`a${family}`), { type: "backspace" }).text).toBe("a");
  // The joiner within it is not printable by itself.
  expect(editText(inputOf("e\u0301"), { type: "left" }).cursor).toBe(0);
});

test("the cursor is always seen", () => {
  expect(visibleText(inputOf("abcdef"), 4)).toEqual({ before: "def", under: " ", after: "" });
  expect(visibleText({ text: "abcdef", cursor: 0 }, 4)).toEqual({ before: "", under: "a", after: "bcd" });
  expect(visibleText({ text: "abcdef", cursor: 3 }, 4)).toEqual({ before: "abc", under: "d", after: "" });
  expect(visibleText({ text: "日本語", cursor: 1 }, 4)).toEqual({ before: "日", under: "本", after: "" });
  expect(visibleText(inputOf(""), 4)).toEqual({ before: "", under: " ", after: "" });
});

test("a text that is too long is cut", () => {
  expect([cutText("abcd", 4), cutText("abcde", 4), cutText("日本語", 4)]).toEqual(["abcd", "abc…", "日…"]);
});

test("a secret is not shown, a reference is", () => {
  expect(maskSecret("p42r_abc.d")).toBe("p42r_•••••");
  expect(maskSecret("ghp_12")).toBe("••••••");
  expect(maskSecret("env:TOKEN")).toBe("env:TOKEN");
  expect(maskSecret("file:/run/token")).toBe("file:/run/token");
  expect([maskSecret("e"), maskSecret("env"), maskSecret("env:A-")]).toEqual(["e", "env", "env:A-"]);
  expect(maskSecret("")).toBe("");
});
