import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  hasLostServices,
  isImageMissing,
  parseContainers,
  parseImage,
  parseNetworks,
  parseStats,
  parseVersion,
  programFailure,
  pullProgramFailure,
} from "./parse.ts";

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8");
const failed = (stderr: string) => ({ exitCode: 1, stdout: "", stderr });

test("containers", () => {
  const jobId = "plan42-0b9f6d3e-4a56-4f0e-9b61-3d7a5c2e8f10-1";
  expect(parseContainers(fixture("containers"))).toEqual([
    {
      name: jobId,
      image: "registry.example.com/agent:1",
      state: "running",
      labels: { "ai.plan42.job": jobId, "ai.plan42.runner": "r" },
      createdAt: new Date("2026-10-02T09:15:00Z"),
    },
    {
      name: "buildkit",
      image: "ghcr.io/apple/container-builder-shim/builder:0.8.0",
      state: "stopped",
      labels: {},
      createdAt: new Date("2026-10-01T00:00:00Z"),
    },
  ]);
  expect(parseContainers("")).toEqual([]);
});

test("an image is what is there for our processor", () => {
  const text = fixture("image");
  expect(parseImage(text)).toEqual({
    id: "sha256:aa11",
    labels: { "ai.plan42.logs": "stdout" },
    bytes: 30_123_456,
  });
  expect(parseImage(text.replaceAll('"arm64"', '"riscv64"'))).toBeUndefined();
  expect(parseImage("[]")).toBeUndefined();
});

test("networks by their label", () => {
  expect(parseNetworks(fixture("networks"), "ai.plan42.installation", "here")).toEqual(["mine"]);
  expect(parseNetworks(fixture("networks"), "ai.plan42.installation", "there")).toEqual([]);
});

test("what a container uses, and nothing of one that does not run", () => {
  expect(parseStats(fixture("stats"))).toEqual({ processorSeconds: 2.5, memoryBytes: 73_400_320 });
  expect(parseStats("[]\n")).toBeUndefined();
  expect(parseStats('[{"id":"x"}]')).toBeUndefined();
});

test("the version", () => {
  expect(parseVersion("container CLI version 1.0.0 (build: release, commit: abc1234)\n")).toBe("1.0.0");
  expect(parseVersion("?")).toBe("");
});

describe("failures", () => {
  test.each([
    ['Error: notFound: "container with ID x not found"', "not-found", "container with ID x not found"],
    ["Error: No such container: x", "not-found", "No such container: x"],
    ["Error: container not found: x", "not-found", "container not found: x"],
    ['Error: exists: "container already exists: x"', "conflict", "container already exists: x"],
    [
      'Error: interrupted: "XPC connection error: Connection invalid\nEnsure container system service has been started with `container system start`."',
      "unavailable",
      "XPC connection error: Connection invalid\nEnsure container system service has been started with `container system start`.",
    ],
    [
      "Error from APIServer: no runtime client exists: container is stopped",
      "failed",
      "no runtime client exists: container is stopped",
    ],
    [
      'Error: internalError: "failed to start" (cause: "no such file")',
      "failed",
      'failed to start (cause: "no such file")',
    ],
    ['Error: internalError: "agent not found"', "failed", "agent not found"],
    ["Error: Unknown option '--x'\nUsage: container create\n  See help.", "failed", "Unknown option '--x'"],
    ["something else", "failed", "something else"],
    ["", "failed", "container ended with 1"],
  ])("%j", (stderr, failure, message) => {
    expect(programFailure(failed(stderr))).toMatchObject({ failure, message });
  });

  test("a pull that may succeed later", () => {
    const refused = 'Error: internalError: "failed to pull x" (cause: "connection refused")';
    expect(pullProgramFailure(failed(refused)).failure).toBe("registry-unreachable");
    expect(pullProgramFailure(failed('Error: internalError: "unauthorized"')).failure).toBe("failed");
  });

  test("the last words of a program that lost the services", () => {
    const hint = "Ensure container system service has been started with `container system start`.";
    for (const words of [
      'Error: interrupted: "XPC connection error: Connection interrupted"\n',
      `work\nError: interrupted: "XPC connection error: Connection invalid\n${hint}"\n`,
    ]) {
      expect(hasLostServices(words), words).toBe(true);
    }
    for (const words of [
      "",
      "work\n",
      'Error: invalidArgument: "x"\n',
      'Error: interrupted: "x"\nand work\n',
    ]) {
      expect(hasLostServices(words), words).toBe(false);
    }
  });

  test("an image that is not there", () => {
    expect(isImageMissing(failed('Error: InspectError(failed: [("x", notFound: "Image not found")])'))).toBe(
      true,
    );
    expect(isImageMissing(failed('Error: interrupted: "XPC connection error"'))).toBe(false);
  });
});
