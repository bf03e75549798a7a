import { expect, test } from "vitest";
import { findJob } from "./find-job.ts";

const first = "plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1";
const other = "plan42-1f0c99aa-7b52-4f0e-9d43-2f1d6d3f8a90-1";
const later = "plan42-1f0c99aa-7b52-4f0e-9d43-2f1d6d3f8a90-12";
const find = (written: string) => findJob(written, async () => [first, other, later, first]);

test.each([
  ["1f0c3a5e", first],
  ["plan42-1F0C3", first],
  [other.slice("plan42-".length), other],
  [first, first],
])("%s is one job", async (written, id) => expect(await find(written)).toBe(id));

test.each([
  ["1f0c99aa", { code: "ambiguous", hint: `${other}\n${later}` }],
  ["ffffffff", { code: "no-such-job", message: "no job here begins with ffffffff" }],
  ["1f0", { code: "usage", message: "invalid job id: 1f0", hint: expect.stringContaining("4 characters") }],
  ["../etc", { code: "usage" }],
])("%s is none", async (written, error) => {
  await expect(find(written)).rejects.toMatchObject(error);
});
