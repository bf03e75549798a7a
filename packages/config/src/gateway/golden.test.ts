import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { generatedFiles } from "../../scripts/generated-files.ts";
import { compileGatewayConfig, formatProblem, renderCompiled, zeroConfig } from "./index.ts";

const golden = new URL("../../../../config/golden/", import.meta.url);
const update = process.env.UPDATE_GOLDEN === "1";

/** Configuration files that a program writes, so that they are golden as well. */
const written: Readonly<Record<string, string>> = {
  zero_config: zeroConfig({ environment: { GROQ_API_KEY: "x", ANTHROPIC_API_KEY: "x" } }).text,
  zero_config_without_keys: zeroConfig({ environment: {}, port: 12100 }).text,
};

function compare(file: URL, content: string): void {
  if (update) {
    mkdirSync(new URL(".", file), { recursive: true });
    writeFileSync(file, content);
  }
  expect(existsSync(file) ? readFileSync(file, "utf8") : undefined).toBe(content);
}

describe("golden configurations", () => {
  test.each(Object.entries(written))("%s is written as before", (name, text) => {
    compare(new URL(`${name}/plano_config.yaml`, golden), text);
  });

  const cases = new Set([...readdirSync(golden), ...Object.keys(written)]);
  test.each([...cases].sort())("%s compiles as before", (name) => {
    const text = written[name] ?? readFileSync(new URL(`${name}/plano_config.yaml`, golden), "utf8");
    const result = compileGatewayConfig(text);
    if (!result.ok) throw new Error(result.errors.flatMap((error) => formatProblem(error)).join("\n"));
    const compiled = renderCompiled(result.config);
    compare(new URL(`${name}/compiled.yaml`, golden), compiled);
    expect(parse(compiled)).toEqual(parse(compiled, { version: "1.1" }));
  });
});

test("the generated files are those of the schema", async () => {
  const schema = readFileSync(new URL("../plano_config_schema.yaml", golden), "utf8");
  for (const [name, content] of await generatedFiles(schema)) {
    expect(readFileSync(new URL(`generated/${name}`, import.meta.url), "utf8"), name).toBe(content);
  }
});
