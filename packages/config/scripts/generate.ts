// Writes what is made from config/plano_config_schema.yaml.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { generatedFiles } from "./generated-files.ts";

const root = new URL("../../../", import.meta.url);
const schemaText = readFileSync(new URL("config/plano_config_schema.yaml", root), "utf8");
for (const [path, content] of await generatedFiles(schemaText)) {
  const file = new URL(path, root);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, content);
}
