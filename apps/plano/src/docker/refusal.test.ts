import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@plano/errors";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runFiles } from "../gateway/run-files.ts";
import { dockerFiles } from "./places.ts";
import { type DockerRecord, startedContainer, writeRecord } from "./record.ts";
import { laterFailure, notingRefusal } from "./refusal.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "planoai-refusal-"));
  const files = dockerFiles(runFiles(home), "plano");
  mkdirSync(files.root, { recursive: true });
  const record: DockerRecord = {
    container_id: "4711",
    container_name: "plano",
    image: "plano:1",
    version: "1",
    native: false,
    started_at: "2026-01-01T00:00:00Z",
    config_path: "/config.yaml",
    config_folder: "/",
    drain_timeout_ms: 1,
    listeners: [],
    metrics: { address: "127.0.0.1", port: 1 },
    model_providers: [],
  };
  writeRecord(files, record);
});
afterEach(() => rmSync(home, { recursive: true }));

const fail = (code: string) =>
  notingRefusal({ HOME: home }, () => Promise.reject(new AppError("it is wrong", { code, hint: "line 1" })));

test("a change that is refused is in the record of the container", async () => {
  await expect(fail("config-invalid")).rejects.toThrow("it is wrong");
  expect(startedContainer({ HOME: home })?.last_failure).toMatchObject({ reason: "it is wrong\nline 1" });
});

test("an engine that does not answer has refused nothing", async () => {
  await expect(fail("docker-unavailable")).rejects.toThrow("it is wrong");
  expect(startedContainer({ HOME: home })?.last_failure).toBeUndefined();
});

test("the later of two refusals counts", () => {
  const [first, second] = [1, 2].map((at_ms) => ({ at_ms, reason: `${at_ms}` }));
  expect(laterFailure(first ?? null, second ?? null)).toBe(second);
  expect(laterFailure(null, first ?? null)).toBe(first);
  expect(laterFailure(null, null)).toBe(null);
});
