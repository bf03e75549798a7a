import { expect, test } from "vitest";
import { readWrittenConfig } from "./written-config.ts";

test("a file is read as it is written", () => {
  const text = "[RUNNER]\nURL = 'u'\nToken = 'env:T'\n[github.B]\nname = 'b'\n[github.a]\n";
  expect(readWrittenConfig(text)).toEqual({
    runner: { url: "u", token: "env:T" },
    github: [
      { key: "B", values: { name: "b" } },
      { key: "a", values: {} },
    ],
  });
  expect(readWrittenConfig("runner = 1\ngithub = []")).toEqual({ runner: {}, github: [] });
});
