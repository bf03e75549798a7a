import { _, Ajv, type SchemaObject } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { parse } from "yaml";
import type { KeySchema } from "../src/gateway/key-schema.ts";
import { keyReference } from "./key-reference.ts";

const banner = `// biome-ignore-all format: generated
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: generated
// Generated from config/plano_config_schema.yaml by \`npm run generate\`. Do not edit.`;

const folder = "packages/config/src/gateway/generated";

/** The files made from the schema: path from the repository's root → content. */
export async function generatedFiles(schemaText: string): Promise<ReadonlyMap<string, string>> {
  const schema: JSONSchema & KeySchema = parse(schemaText);
  const types = await compile(completed({ ...structuredClone(schema), title: "CompleteConfig" }), "", {
    bannerComment: banner,
    unreachableDefinitions: false,
    ignoreMinAndMaxItems: true,
  });
  return new Map([
    [
      `${folder}/schema.ts`,
      `${banner}\n\nexport const schema: Readonly<Record<string, unknown>> = ${JSON.stringify(schema, null, 2)};\n`,
    ],
    [`${folder}/complete-config.ts`, types],
    [`${folder}/validate.ts`, validatorOf(schema)],
    ["docs/configuration-keys.md", keyReference(schema)],
  ]);
}

/** The schema as a program: to make it from the schema takes far longer than to run it. */
function validatorOf(schema: JSONSchema): string {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    strictTypes: false,
    // Without it the program needs a part of ajv to count characters; only none and some differ here.
    unicode: false,
    logger: false,
    code: { source: true, esm: true },
  });
  ajv.addKeyword({
    keyword: "x-not-served",
    schemaType: "boolean",
    code: (context) => context.fail(_`true`),
  });
  ajv.addKeyword({
    keyword: "x-not-served-values",
    schemaType: "array",
    code: (context) => context.fail(_`${context.schemaValue}.includes(${context.data})`),
  });
  for (const keyword of ["x-secret", "x-default-depends"]) ajv.addKeyword({ keyword, schemaType: "boolean" });
  const program = standalone.default(ajv, ajv.compile(schema as SchemaObject));
  const marks = [
    "// @ts-nocheck",
    "// biome-ignore-all lint: generated",
    "// biome-ignore-all assist: generated",
  ];
  return `${[...marks, banner].join("\n")}\n${program}\n`;
}

/**
 * The schema of a configuration in today's form with its defaults filled in: nothing deprecated, no
 * nulls, and what has a default is there. Defaults of what is not served are not filled in.
 */
function completed(schema: JSONSchema): JSONSchema {
  const { properties, items, additionalProperties, definitions } = schema;
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    schema.type = types.includes("array") ? "array" : types.length === 1 ? types[0] : types;
  }
  if (properties !== undefined && schema.type === "object") {
    const kept = Object.entries(properties).filter(([, property]) => property.deprecated !== true);
    schema.properties = Object.fromEntries(kept.map(([key, property]) => [key, completed(property)]));
    schema.required = kept
      .filter(([key, property]) => isAlwaysThere(property) || required(schema).includes(key))
      .map(([key]) => key);
  }
  if (schema.type === "array") {
    delete schema.properties;
    delete schema.additionalProperties;
  } else if (typeof additionalProperties === "object") completed(additionalProperties);
  if (typeof items === "object" && !Array.isArray(items)) completed(items);
  for (const definition of Object.values(definitions ?? {})) completed(definition);
  return schema;
}

function isAlwaysThere(property: JSONSchema): boolean {
  const hasDefault = property.default !== undefined || property["x-default-depends"] === true;
  return hasDefault && property["x-not-served"] !== true;
}

function required({ required: keys }: JSONSchema): readonly string[] {
  return Array.isArray(keys) ? keys : [];
}
