import { DrizzleQueryError } from "drizzle-orm";
import { expect, test } from "vitest";
import { describeError } from "./describe-error.ts";

test("the values of a statement that failed do not get into the log", () => {
  const cause = Object.assign(new Error("duplicate key value violates unique constraint"), { code: "23505" });
  const error = new DrizzleQueryError("insert into tokens values ($1)", ["s3cret"], cause);
  const described = JSON.stringify(describeError(error));
  expect(described).not.toContain("s3cret");
  expect(described).toContain("insert into tokens");
  expect(described).toContain("23505");
});

test("other errors keep their message and where they were thrown", () => {
  const described = describeError(new RangeError("odd"));
  expect(described).toMatchObject({ name: "RangeError", message: "odd" });
  expect(JSON.stringify(described)).toContain("describe-error.test.ts");
  expect(describeError("text")).toEqual({ message: "text" });
});
