import { createStyle } from "@plano/terminal";
import { expect, test } from "vitest";
import { readableLine } from "./readable-line.ts";

const plain = createStyle(false);
const time = new Date(2026, 0, 2, 3, 4, 5).toISOString();

test("a line tells when, how bad, what and why, then the rest", () => {
  const err = { type: "AppError", message: "no answer", code: "x", cause: { message: "refused" } };
  const line = JSON.stringify({ level: 40, time, queueID: "q1", err, msg: "cannot poll", exit: { code: 1 } });
  expect(readableLine(`${line}\n`, plain)).toBe(
    '03:04:05 warn  cannot poll: no answer: refused queueID=q1 exit={"code":1}\n',
  );
});

test("what a job or a server says cannot take the terminal over", () => {
  const line = JSON.stringify({ level: 30, time, msg: "a\nb\u001b]0;title\u0007", reason: "\u001b[2J" });
  const shown = readableLine(line, plain);
  expect(shown.trimEnd()).not.toContain("\n");
  expect(shown).not.toContain("\u001b");
  expect(shown).not.toContain("\u0007");
});

test.each(["warning of Node\n", "null\n", "[1]\n", '{"no":"message"}\n'])("%j stays as it is", (text) => {
  expect(readableLine(text, plain)).toBe(text);
});
