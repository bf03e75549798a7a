import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJobLog } from "./job-log.ts";
import { createRedaction } from "./redaction.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "job-log-"));
});
afterEach(() => rm(folder, { recursive: true }));

const onFileError = (error: unknown) => {
  throw error;
};
const redaction = createRedaction(["hunter2hunter2"]);
const bytes = (text: string) => new TextEncoder().encode(text);

test("a log is for its owner, redacted across writes, and told line by line", async () => {
  const path = join(folder, "job.log");
  const lines: string[] = [];
  const log = await openJobLog({
    path,
    redaction,
    limitBytes: 1000,
    onFileError,
    onLine: (line) => lines.push(line),
  });
  await log.write(bytes("one\r\ntwo hunter2"));
  await log.write(bytes("hunter2 x\nrest"));
  await log.note("done with hunter2hunter2");
  await log.close();
  expect(await readFile(path, "utf8")).toBe(
    "one\r\ntwo [REDACTED] x\nrest\n[plan42-runner] done with [REDACTED]\n",
  );
  expect(lines).toEqual(["one", "two [REDACTED] x", "rest", "[plan42-runner] done with [REDACTED]"]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("what may have become a secret comes before the runner's own words", async () => {
  const path = join(folder, "job.log");
  const log = await openJobLog({ path, redaction, limitBytes: 1000, onFileError });
  await log.write(bytes("almost hunter2"));
  await log.note("over");
  await log.close();
  expect(await readFile(path, "utf8")).toBe("almost hunter2\n[plan42-runner] over\n");
});

test("what is beyond the limit is dropped with a notice", async () => {
  const path = join(folder, "job.log");
  const log = await openJobLog({ path, redaction, limitBytes: 10, onFileError });
  for (let count = 0; count < 5; count += 1) await log.write(bytes("12345678\n"));
  await log.close();
  expect(await readFile(path, "utf8")).toBe(
    "12345678\n1\n[plan42-runner] log truncated: the limit of 10 bytes is reached\n",
  );
});

test("an attempt that is read again replaces itself and nothing before it", async () => {
  const path = join(folder, "job.log");
  await writeFile(path, "earlier\n");
  const first = await openJobLog({ path, redaction, limitBytes: 100, onFileError });
  await first.write(bytes("half"));
  await first.close();
  const second = await openJobLog({ path, redaction, limitBytes: 100, onFileError, offset: first.offset });
  await second.write(bytes("halfway\n"));
  await second.close();
  expect(await readFile(path, "utf8")).toBe("earlier\nhalfway\n");
});

test("a character that is cut in two stays whole in lines, and long lines come in pieces", async () => {
  const lines: string[] = [];
  const log = await openJobLog({
    path: join(folder, "job.log"),
    redaction,
    limitBytes: 200_000,
    onFileError,
    onLine: (line) => lines.push(line),
  });
  const text = bytes("é\n");
  await log.write(text.subarray(0, 1));
  await log.write(text.subarray(1));
  await log.write(bytes("x".repeat(140_000)));
  expect(log.lastLines().at(-1)?.length).toBe(140_000 - 2 * 65_526);
  await log.close();
  expect(lines.map(({ length }) => length)).toEqual([1, 65_526, 65_526, 8948]);
});

test("without its file a log still tells its lines", async () => {
  const lines: string[] = [];
  const errors: unknown[] = [];
  const log = await openJobLog({
    path: folder,
    redaction,
    limitBytes: 100,
    onLine: (line) => lines.push(line),
    onFileError: (error) => errors.push(error),
  });
  await log.write(bytes("one\n"));
  await log.close();
  expect({ lines, count: errors.length }).toEqual({ lines: ["one"], count: 1 });
});
