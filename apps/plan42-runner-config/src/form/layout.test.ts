import { expect, test } from "vitest";
import { cutPath, fitText, wrapText } from "./wrap-text.ts";

test("a text is broken at spaces, and within long words", () => {
  expect(wrapText("one two  three", 7)).toEqual(["one two", "three"]);
  expect(wrapText("a https://long.example b", 8)).toEqual(["a", "https://", "long.exa", "mple b"]);
  expect(wrapText("", 8)).toEqual([]);
  expect(wrapText("日本語", 4)).toEqual(["日本", "語"]);
});

test("a path that is longer than a line is broken behind its slashes", () => {
  expect(wrapText("! ~/.config/plan42/runner.toml is open", 16)).toEqual([
    "! ~/.config/",
    "plan42/",
    "runner.toml is",
    "open",
  ]);
  expect(wrapText("/a/extraordinarily-long/b", 12)).toEqual(["/a/", "extraordinar", "ily-long/b"]);
});

test("what does not fit into its lines ends with a sign", () => {
  expect(fitText("one two three four", 7, 2)).toEqual(["one two", "three…"]);
  expect(fitText("one two", 7, 1)).toEqual(["one two"]);
});

test("a path is cut at its beginning, between folders", () => {
  expect(cutPath("~/a/b.toml", 10)).toBe("~/a/b.toml");
  expect(cutPath("/home/me/folder/b.toml", 17)).toBe("…/folder/b.toml");
  expect(cutPath("/home/me/folder/runner.toml", 8)).toBe("…/runne…");
});
