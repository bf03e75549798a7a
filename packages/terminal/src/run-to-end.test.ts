import { AppError, UsageError } from "@plano/errors";
import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { type RunningProgram, runToEnd } from "./run-to-end.ts";
import { createTerminal } from "./terminal.ts";

async function end(error: unknown, program: Omit<RunningProgram, "name" | "terminal"> = {}) {
  let printed = "";
  const stream = { write: (text: string) => (printed += text) };
  const terminal = createTerminal({ stdout: stream, stderr: stream, environment: {} });
  const exitCode = await runToEnd(() => Promise.reject(error), { name: "planoai", terminal, ...program });
  return { exitCode, printed };
}

test("what a program returns is its exit code", async () => {
  const stream = { write: () => true };
  const terminal = createTerminal({ stdout: stream, stderr: stream, environment: {} });
  expect(await runToEnd(async () => 3, { name: "planoai", terminal })).toBe(3);
});

test("a failure is told with what to do next", async () => {
  const error = new AppError("cannot write", { code: "x", hint: "Buy a disk.\n\nOr two.", exitCode: 4 });
  expect(await end(error)).toEqual({ exitCode: 4, printed: "✗ cannot write\n  Buy a disk.\n\n  Or two.\n" });
  expect((await end(new UsageError("no such option"))).exitCode).toBe(2);
});

test("a mark begins each of its lines", async () => {
  const { printed } = await end(new AppError("one\ntwo", { code: "x" }), { mark: "ERROR:" });
  expect(printed).toBe("ERROR: one\nERROR: two\n");
});

test("what the parser has printed is not told again", async () => {
  expect(await end(new CommanderError(1, "x", "unknown option"))).toEqual({ exitCode: 2, printed: "" });
  expect(await end(new CommanderError(0, "x", "help"))).toEqual({ exitCode: 0, printed: "" });
});

test("anything else is a fault of the program, which says where on request", async () => {
  const debug = { variable: "PLANO_DEBUG", isOn: false };
  const error = new Error("it is undefined");
  expect(await end(error, { debug })).toEqual({
    exitCode: 1,
    printed:
      "✗ internal error: it is undefined\n  This is a fault of planoai itself. PLANO_DEBUG=1 shows where it happened.\n",
  });
  expect((await end(error, { debug: { ...debug, isOn: true } })).printed).toContain("run-to-end.test.ts");
  expect((await end("a word")).printed).toBe(
    "✗ internal error: a word\n  This is a fault of planoai itself.\n",
  );
});
