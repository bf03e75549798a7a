import { type ConfigEdit, editConfig } from "./edit-config.ts";
import { isSecretKey, variableOf } from "./secrets.ts";
import { readWrittenConfig } from "./written-config.ts";

const redacted = "[REDACTED]";
/** Tokens that are recognised wherever they stand: Plan42's, GitHub's, and passwords in URLs. */
const knownSecrets: readonly [RegExp, string][] = [
  [/\bp42[a-z]?_[\w.-]+/g, redacted],
  [/\b(?:gh[a-z]|github_pat)_\w+/g, redacted],
  [/(\w:\/\/)[^/@\s"']+@/g, `$1${redacted}@`],
  // A proxy needs no scheme.
  [/(["'])[^/@\s"':]+:[^/@\s"']+(@[^/@\s"']+:\d+\/?\1)/g, `$1${redacted}$2`],
];

/**
 * The text of a file without its secrets: tokens are replaced, references to them stay. Throws an `Error` if the
 * text is no TOML.
 */
export function redactConfig(text: string): string {
  const { runner, github } = readWrittenConfig(text);
  const tables = [
    { path: ["runner"], values: runner },
    ...github.map(({ key, values }) => ({ path: ["github", key], values })),
  ];
  const edits = tables.flatMap(({ path, values }): ConfigEdit[] =>
    Object.entries(values)
      .filter(([key, value]) => isSecretKey(key) && value !== "" && !isReference(value))
      .map(([key]) => ({ path: [...path, key], value: redacted })),
  );
  return knownSecrets.reduce((all, [pattern, shown]) => all.replace(pattern, shown), editConfig(text, edits));
}

function isReference(value: unknown): boolean {
  return typeof value === "string" && variableOf(value) !== undefined;
}
