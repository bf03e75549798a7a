import { expect, test } from "vitest";
import { AppError, describeCause, UsageError } from "./index.ts";

test("an error keeps its code, hint and cause and ends the program with 1", () => {
  const cause = new Error("disk on fire");
  const error = new AppError("cannot write", { code: "write-failed", cause, hint: "buy a disk" });
  expect(error).toMatchObject({ code: "write-failed", cause, hint: "buy a disk", exitCode: 1 });
});

test("a usage error ends the program with 2", () => {
  const error = new UsageError("unknown option");
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: "usage", exitCode: 2 });
});

test("system errors are told in plain words", () => {
  expect(describeCause(Object.assign(new Error("EACCES: open"), { code: "EACCES" }))).toBe(
    "permission denied",
  );
  expect(describeCause(Object.assign(new Error("ELOOP: stat"), { code: "ELOOP" }))).toBe(
    "its links lead in a circle",
  );
  expect(describeCause(Object.assign(new Error("odd"), { code: "EODD" }))).toBe("EODD");
  expect(describeCause(new Error("plain"))).toBe("plain");
  expect(describeCause("text")).toBe("text");
});
