import { expect, test } from "vitest";
import { watchSource } from "./candidate.ts";

test.each([
  ["/work/config.yaml", ["/work/config.yaml", "/work/.env"]],
  ["/dev/stdin", ["/work/.env"]],
  ["/dev/fd/63", ["/work/.env"]],
])("of %s, what can be read again is watched", (configPath, watched) => {
  expect(watchSource({ configPath, folder: "/work" }).map(({ path }) => path)).toEqual(watched);
});
