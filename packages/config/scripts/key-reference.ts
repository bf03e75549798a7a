import { describeAllowed } from "../src/gateway/allowed.ts";
import { type KeySchema, resolveSchema } from "../src/gateway/key-schema.ts";

interface Key {
  readonly path: string;
  readonly schema: KeySchema;
  readonly isServed: boolean;
  readonly isRequired: boolean;
  readonly isOlder: boolean;
}

/** docs/configuration-keys.md: every key of the schema in a table of its section. */
export function keyReference(root: KeySchema): string {
  const keys = keysBelow(root, "", true, false);
  const sectionOf = ({ path }: Key) => /^\w+/.exec(path)?.[0] ?? "";
  const today = keys.filter(({ isOlder }) => !isOlder);
  const sections = [...new Set(today.map(sectionOf))];
  const tables = sections.map((section) => {
    const rows = today.filter((key) => sectionOf(key) === section).map(row);
    return [`## ${section}`, "", "| Key | May be | Default | Meaning |", "|---|---|---|---|", ...rows].join(
      "\n",
    );
  });
  const older = keys
    .filter(({ isOlder }) => isOlder)
    .map(({ path, schema }) => `| \`${path}\` | ${cell(schema.description)} |`);
  return `# Every key

Made from [\`config/plano_config_schema.yaml\`](../config/plano_config_schema.yaml) by \`npm run generate -w @plano/config\`. [configuration.md](configuration.md) has examples; \`planoai config explain KEY\` tells the same at a prompt, with the value that is in effect.

**Bold**: required. ◦: valid, but not served by this release; \`planoai up\` refuses a file that has it.

${tables.join("\n\n")}

## Older forms

Read as what they are now; \`planoai migrate\` rewrites them.

| Key | |
|---|---|
${older.join("\n")}
`;
}

function keysBelow(parent: KeySchema, prefix: string, isServed: boolean, isOlder: boolean): Key[] {
  return Object.entries(parent.properties ?? {}).flatMap(([name, written]) => {
    const schema = resolveSchema(written);
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const served = isServed && schema["x-not-served"] !== true;
    const older = isOlder || schema.deprecated === true;
    const isRequired = parent.required?.includes(name) === true;
    const key = { path, schema, isServed: served, isRequired, isOlder: older };
    return [key, ...(older ? [] : keysInside(schema, path, served))];
  });
}

function keysInside(schema: KeySchema, path: string, isServed: boolean): Key[] {
  const { items, additionalProperties: others } = schema;
  return [
    ...(items === undefined ? [] : keysBelow(resolveSchema(items), `${path}[]`, isServed, false)),
    ...(typeof others === "object" ? keysBelow(resolveSchema(others), `${path}.NAME`, isServed, false) : []),
    ...keysBelow(schema, path, isServed, false),
  ];
}

function row({ path, schema, isServed, isRequired }: Key): string {
  const key = isRequired ? `**\`${path}\`**` : `\`${path}\``;
  const { default: fallback, description, "x-not-served-values": unserved = [] } = schema;
  const isPlain = fallback !== undefined && (typeof fallback !== "object" || fallback === null);
  const allowed = unserved.reduce((text, word) => text.replace(word, `${word} ◦`), describeAllowed(schema));
  return `| ${key}${isServed ? "" : " ◦"} | ${cell(allowed)} | ${isPlain ? `\`${fallback}\`` : ""} | ${cell(description)} |`;
}

function cell(text = ""): string {
  return text.replaceAll("|", "\\|").replaceAll("*", "\\*");
}
