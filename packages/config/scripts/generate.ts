// Writes src/gateway/generated from config/plano_config_schema.yaml.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { generatedFiles } from "./generated-files.ts";

const folder = new URL("../src/gateway/generated/", import.meta.url);
const schemaText = readFileSync(new URL("../../../config/plano_config_schema.yaml", import.meta.url), "utf8");
mkdirSync(folder, { recursive: true });
for (const [name, content] of await generatedFiles(schemaText)) writeFileSync(new URL(name, folder), content);
