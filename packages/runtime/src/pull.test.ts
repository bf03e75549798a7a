import { expect, test } from "vitest";
import { createFakeRuntime } from "./fake/fake-runtime.ts";
import { createImagePuller } from "./pull.ts";
import { pullFailure, RuntimeError } from "./runtime-error.ts";

const unreachable = () => new RuntimeError("dial tcp: i/o timeout", { failure: "registry-unreachable" });
const missing = () => new RuntimeError("manifest unknown", { failure: "failed" });
const agent = async () => 0;
const pulls = (calls: readonly string[]) => calls.filter((call) => call.startsWith("pull ")).length;

test("only failures on the way are tried again, three times in all", async () => {
  const runtime = createFakeRuntime({ registry: { "a:1": agent } });
  const puller = createImagePuller(runtime);
  const options = { policy: "always", retryMilliseconds: 1 } as const;
  runtime.failPulls(unreachable(), unreachable());
  await puller.ensure("a:1", options);
  expect(pulls(runtime.calls)).toBe(3);
  runtime.failPulls(unreachable(), unreachable(), unreachable());
  await expect(puller.ensure("a:1", options)).rejects.toThrow("i/o timeout");
  runtime.failPulls(missing());
  await expect(puller.ensure("a:1", options)).rejects.toThrow("manifest unknown");
  expect(pulls(runtime.calls)).toBe(7);
});

test("one pull serves all who want the image at the same time, and a cancelled one leaves alone", async () => {
  const runtime = createFakeRuntime({ registry: { "a:1": agent } });
  const puller = createImagePuller(runtime);
  const abort = new AbortController();
  const all = [
    puller.ensure("a:1", { policy: "always" }),
    puller.ensure("a:1", { policy: "always", signal: abort.signal }),
    puller.ensure("a:1", { policy: "if-not-present" }),
  ];
  abort.abort(new Error("cancelled"));
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(pulls(runtime.calls)).toBe(1);
});

test("the policy decides whether the registry is asked", async () => {
  const runtime = createFakeRuntime({ images: { "here:1": agent }, registry: { "there:1": agent } });
  const puller = createImagePuller(runtime);
  await puller.ensure("here:1", { policy: "if-not-present" });
  await puller.ensure("here:1", { policy: "never" });
  await expect(puller.ensure("there:1", { policy: "never" })).rejects.toMatchObject({ failure: "not-found" });
  expect(pulls(runtime.calls)).toBe(0);
});

test.each([
  ["Get https://r/v2/: dial tcp 10.0.0.1:443: connect: connection refused", "registry-unreachable"],
  ["received unexpected HTTP status: 503 Service Unavailable", "registry-unreachable"],
  ["toomanyrequests: You have reached your pull rate limit", "registry-unreachable"],
  ["net/http: TLS handshake timeout", "registry-unreachable"],
  ["manifest for a:1 not found: manifest unknown", "failed"],
  ["pull access denied for a, repository does not exist or may require 'docker login'", "failed"],
  ["no space left on device", "failed"],
])("%s", (message, failure) => {
  expect(pullFailure(message)).toBe(failure);
});
