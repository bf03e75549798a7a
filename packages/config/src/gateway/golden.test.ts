import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { generatedFiles } from "../../scripts/generated-files.ts";
import {
  compileGatewayConfig,
  formatProblem,
  migrateConfig,
  type Problem,
  renderCompiled,
  renderEnvoy,
  zeroConfig,
} from "./index.ts";

const golden = new URL("../../../../config/golden/", import.meta.url);
const update = process.env.UPDATE_GOLDEN === "1";

/** Configuration files that a program writes, so that they are golden as well. */
const written: Readonly<Record<string, string>> = {
  zero_config: zeroConfig({ environment: { GROQ_API_KEY: "x", ANTHROPIC_API_KEY: "x" } }).text,
  zero_config_without_keys: zeroConfig({ environment: {}, port: 12100 }).text,
};

/** Places as good as any: what is golden is the rest. */
const deployment = {
  filters: { llmGateway: "/filters/llm_gateway.wasm", promptGateway: "/filters/prompt_gateway.wasm" },
  brightstaff: { address: "127.0.0.1", port: 9091 },
  admin: { address: "127.0.0.1", port: 9901 },
  discoveryFolder: "/discovery",
  logFolder: "/logs",
  caFile: "/etc/ssl/certs/ca-certificates.crt",
};

function compare(file: URL, content: string): void {
  if (update) {
    mkdirSync(new URL(".", file), { recursive: true });
    writeFileSync(file, content);
  }
  expect(existsSync(file) ? readFileSync(file, "utf8") : undefined).toBe(content);
}

/** Errors or warnings, each with its place. */
function problemsText(problems: readonly Problem[]): string {
  return `${problems.flatMap((problem) => formatProblem(problem, "plano_config.yaml")).join("\n")}\n`;
}

describe("golden configurations", () => {
  test.each(Object.entries(written))("%s is written as before", (name, text) => {
    compare(new URL(`${name}/plano_config.yaml`, golden), text);
  });

  const names = [...new Set([...readdirSync(golden), ...Object.keys(written)])].sort();
  const textOf = (name: string) =>
    written[name] ?? readFileSync(new URL(`${name}/plano_config.yaml`, golden), "utf8");

  test.each(names.filter((name) => !name.startsWith("refused_")))("%s compiles as before", (name) => {
    const result = compileGatewayConfig(textOf(name));
    if (!result.ok) throw new Error(problemsText(result.errors));
    const compiled = renderCompiled(result.config);
    compare(new URL(`${name}/compiled.yaml`, golden), compiled);
    expect(parse(compiled)).toEqual(parse(compiled, { version: "1.1" }));
    compare(new URL(`${name}/envoy.yaml`, golden), renderEnvoy(result.config, { deployment, variables: {} }));
    if (result.olderForms.length > 0) checkMigration(name, compiled);
    if (result.warnings.length > 0)
      compare(new URL(`${name}/warnings.txt`, golden), problemsText(result.warnings));
  });

  /** In today's form a file means what it meant before, and there is nothing left to migrate. */
  function checkMigration(name: string, compiled: string): void {
    const migrated = migrateConfig(textOf(name));
    if (!migrated.ok) throw new Error(problemsText(migrated.errors));
    compare(new URL(`${name}/migrated.yaml`, golden), migrated.text);
    const again = compileGatewayConfig(migrated.text);
    if (!again.ok) throw new Error(problemsText(again.errors));
    expect(again.olderForms).toEqual([]);
    expect(renderCompiled(again.config)).toBe(compiled);
  }

  test.each(names.filter((name) => name.startsWith("refused_")))("%s is refused as before", (name) => {
    const result = compileGatewayConfig(textOf(name));
    if (result.ok) throw new Error("it compiles");
    compare(new URL(`${name}/errors.txt`, golden), problemsText(result.errors));
  });
});

test("the generated files are those of the schema", async () => {
  const schema = readFileSync(new URL("../plano_config_schema.yaml", golden), "utf8");
  for (const [name, content] of await generatedFiles(schema)) {
    expect(readFileSync(new URL(`../../${name}`, golden), "utf8"), name).toBe(content);
  }
});
