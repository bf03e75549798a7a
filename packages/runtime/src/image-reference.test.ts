import { expect, test } from "vitest";
import { isImageAllowed } from "./image-allow-list.ts";
import { formatImageReference, parseImageReference } from "./image-reference.ts";

test.each([
  ["docker.io/ubuntu", { registry: "docker.io", repository: "ubuntu" }],
  ["docker.io/docker.io/ubuntu", { registry: "docker.io", repository: "docker.io/ubuntu" }],
  ["docker.io:443/ubuntu", { registry: "docker.io", port: 443, repository: "ubuntu" }],
  ["foo/bar/baz", { repository: "foo/bar/baz" }],
  ["foo:latest", { repository: "foo", tag: "latest" }],
  ["foo/bar:latest", { repository: "foo/bar", tag: "latest" }],
  ["docker.io/ubuntu:latest", { registry: "docker.io", repository: "ubuntu", tag: "latest" }],
  ["docker.io", { repository: "docker.io" }],
  ["docker.io:443", { repository: "docker.io", tag: "443" }],
  ["localhost/foo", { repository: "localhost/foo" }],
  ["a__b/c--d", { repository: "a__b/c--d" }],
  [`a/b@sha256:${"0".repeat(64)}`, { repository: "a/b", digest: `sha256:${"0".repeat(64)}` }],
])("%s is read and written again", (text, reference) => {
  expect(parseImageReference(text)).toEqual({ ok: true, reference });
  expect(formatImageReference(reference)).toBe(text);
});

test.each([
  ["foo:latest extra text", "invalid tag: 'latest extra text'"],
  ["docker.io_/ubuntu", "invalid registry: 'docker.io_'"],
  ["docker.io/ubuntu+=5", "invalid repository: 'ubuntu+=5'"],
  ["docker.io:443a/ubuntu", "invalid port: '443a'"],
  ["docker.io:65537/ubuntu", "invalid port: '65537'"],
  ["docker.io:080/ubuntu", "invalid port: '080'"],
  ["foo bar", "invalid repository: 'foo bar'"],
  ["--privileged", "invalid repository: '--privileged'"],
  ["Foo", "invalid repository: 'Foo'"],
  ["", "invalid repository: ''"],
  ["foo@sha256:12", "invalid digest: 'sha256:12'"],
  [`foo:${"a".repeat(129)}`, `invalid tag: '${"a".repeat(129)}'`],
  ["foo\n--x", "invalid repository: 'foo\n--x'"],
])("%s is refused", (text, problem) => {
  expect(parseImageReference(text)).toEqual({ ok: false, problem });
});

test("an allow-list takes whole references, with stars for parts of them", () => {
  const allowed = ["ghcr.io/acme/*", "node:2?", "tools/**"];
  expect(isImageAllowed("ghcr.io/acme/agent:1", allowed)).toBe(true);
  expect(isImageAllowed("ghcr.io/acme/deep/agent:1", allowed)).toBe(false);
  expect(isImageAllowed("ghcr.io/acmeevil/agent", allowed)).toBe(false);
  expect(isImageAllowed("node:22", allowed)).toBe(true);
  expect(isImageAllowed("node:2", allowed)).toBe(false);
  expect(isImageAllowed("tools/a/b:1", allowed)).toBe(true);
  expect(isImageAllowed("xghcr.io/acme/agent", allowed)).toBe(false);
  expect(isImageAllowed("anything", [])).toBe(true);
});
