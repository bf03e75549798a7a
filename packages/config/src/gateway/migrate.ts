import { placed } from "./document.ts";
import { modernize } from "./modernize.ts";
import { inFileOrder, type Problem } from "./problem.ts";
import { readDocument } from "./read.ts";
import { checkShape } from "./schema.ts";

export type MigrateResult =
  | {
      readonly ok: true;
      /** The file in today's form; as it was when there was nothing to change. */
      readonly text: string;
      readonly changes: readonly Problem[];
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly errors: readonly Problem[] };

/** Rewrites the text of a configuration file in today's form of the language. Comments are kept. */
export function migrateConfig(text: string): MigrateResult {
  const read = readDocument(text);
  if (!read.ok) return { ok: false, errors: read.problems };
  const { document } = read;
  const { problems } = checkShape(document.value());
  if (problems.length > 0) {
    return { ok: false, errors: placed(problems, document) };
  }
  const { errors, warnings, changes } = modernize(document);
  if (errors.length > 0) return { ok: false, errors };
  if (changes.length === 0) return { ok: true, text, changes, warnings };
  const indented = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  const settings = {
    lineWidth: 0,
    indent: Math.max(indented, 2),
    flowCollectionPadding: /[{[] \S/.test(text),
  };
  const lines = document.tree.toString(settings).split(/\r?\n/);
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  return { ok: true, text: lines.join(lineEnd), changes: inFileOrder(changes), warnings };
}
