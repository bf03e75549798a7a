import { AppError } from "@plano/errors";
import { expect, test } from "vitest";
import { describeError } from "./describe-error.ts";

test("what the world did is told without places in the code", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const error = new AppError("the server cannot be reached", { code: "unreachable", cause: refused });
  expect(describeError(error)).toEqual({
    type: error.name,
    message: "the server cannot be reached",
    code: "unreachable",
    cause: { type: "Error", message: "connect ECONNREFUSED", code: "ECONNREFUSED" },
  });
});

test("a fault of the program keeps its stack", () => {
  const error = new TypeError("x is not a function");
  expect(describeError(error)).toMatchObject({ type: "TypeError", stack: error.stack });
  expect(describeError("gone")).toEqual({ message: "gone" });
});
