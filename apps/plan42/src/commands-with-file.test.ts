import { expect, test } from "vitest";
import { commandsWithFile } from "./commands-with-file.ts";

test("commands about the runner's file name it, if there is one to name", () => {
  const text =
    "plan42 runner token NAME | plan42 runner config --set runner.token=-; plan42 doctor says where";
  expect(commandsWithFile(text, undefined)).toBe(text);
  expect(commandsWithFile(text, "/tmp/w.toml")).toBe(
    "plan42 runner token NAME | plan42 runner config --config-file /tmp/w.toml --set runner.token=-; plan42 doctor --config-file /tmp/w.toml says where",
  );
  expect(commandsWithFile("next: plan42 runner exec", "/it's a/w.toml")).toBe(
    "next: plan42 runner exec --config-file '/it'\\''s a/w.toml'",
  );
});
