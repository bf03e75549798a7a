import { compile, type JSONSchema } from "json-schema-to-typescript";
import { parse } from "yaml";

const banner = `// biome-ignore-all format: generated
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: generated
// Generated from config/plano_config_schema.yaml by \`npm run generate\`. Do not edit.`;

/** The files made from the schema: path below \`src/gateway/generated\` → content. */
export async function generatedFiles(schemaText: string): Promise<ReadonlyMap<string, string>> {
  const schema: JSONSchema = parse(schemaText);
  const types = await compile(schema, "WrittenConfig", {
    bannerComment: banner,
    unreachableDefinitions: false,
  });
  return new Map([
    [
      "schema.ts",
      `${banner}\n\nexport const schema: Readonly<Record<string, unknown>> = ${JSON.stringify(schema, null, 2)};\n`,
    ],
    ["written-config.ts", types],
  ]);
}
