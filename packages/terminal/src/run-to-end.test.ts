import { AppError } from "@plano/errors";
import { Command } from "commander";
import { expect, test } from "vitest";
import { asksForJson, type RunningProgram, runToEnd } from "./run-to-end.ts";
import { createTerminal } from "./terminal.ts";

async function end(run: () => Promise<number>, more: Partial<RunningProgram> = {}) {
  let stderr = "";
  const terminal = createTerminal({
    stdout: { write: () => {} },
    stderr: { write: (text: string) => (stderr += text) },
    environment: {},
  });
  const debug = { variable: "X_DEBUG", isOn: false };
  const code = await runToEnd(run, { name: "x", terminal, mark: "ERROR:", debug, ...more });
  return { code, stderr };
}

const appError = () =>
  Promise.reject(new AppError("one\ntwo", { code: "odd-thing", hint: "do\nthat", exitCode: 3 }));
const fault = () => Promise.reject(new Error("oh"));
const badWords = () => {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  return command.parseAsync(["--nope"], { from: "user" }).then(() => 0);
};

test("an error is told with its hint", async () => {
  expect(await end(appError)).toEqual({ code: 3, stderr: "ERROR: one\nERROR: two\n  do\n  that\n" });
  expect(await end(fault)).toEqual({
    code: 1,
    stderr: "ERROR: internal error: oh\n  This is a fault of x itself. X_DEBUG=1 shows where it happened.\n",
  });
  expect(await end(badWords)).toEqual({ code: 2, stderr: "" });
});

test("what an error quotes does not control the terminal", async () => {
  const quote = () => Promise.reject(new AppError("a\u001b[2J", { code: "odd", hint: "b\u0007" }));
  expect((await end(quote)).stderr).toBe("ERROR: a␛[2J\n  b␇\n");
});

test("under --json every failure is one object on one line", async () => {
  const isJson = true;
  const told = async (run: () => Promise<number>) => {
    const { code, stderr } = await end(run, { isJson });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    return [code, JSON.parse(stderr)];
  };
  expect(await told(appError)).toEqual([3, { error: "one\ntwo", code: "odd-thing", hint: "do\nthat" }]);
  expect(await told(fault)).toEqual([
    1,
    {
      error: "internal error: oh",
      code: "internal",
      hint: "This is a fault of x itself. X_DEBUG=1 shows where it happened.",
    },
  ]);
  expect(await told(badWords)).toEqual([2, { error: "unknown option '--nope'", code: "usage", hint: null }]);
});

test("what comes after -- asks for nothing", () => {
  expect(asksForJson(["a", "--json"])).toBe(true);
  expect(asksForJson(["a", "--", "--json"])).toBe(false);
});
