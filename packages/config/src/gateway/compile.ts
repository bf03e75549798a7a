import { complete } from "./complete.ts";
import { type ConfigDocument, placed } from "./document.ts";
import type { GatewayConfig, SocketAddress } from "./gateway-config.ts";
import type { CompleteConfig } from "./generated/complete-config.ts";
import { modernize } from "./modernize.ts";
import { defaultMetrics, normalize } from "./normalize.ts";
import { inFileOrder, type Problem } from "./problem.ts";
import { isConsequence, prune, withoutConsequences } from "./prune.ts";
import { readDocument } from "./read.ts";
import { checkRules } from "./rules.ts";
import { checkShape } from "./schema.ts";
import { settle } from "./settle.ts";

export interface CompileOptions {
  /** Where metrics are served. Default 127.0.0.1:9092. */
  readonly metrics?: SocketAddress;
  /** The file's folder, which relative paths in it start from. */
  readonly folder?: string;
}

export type CompileResult = Compiled | Refused;

interface Compiled {
  readonly ok: true;
  readonly config: GatewayConfig;
  /** The file in today's form, with its defaults filled in. */
  readonly complete: CompleteConfig;
  /** The file as a tree, which knows where everything was written. */
  readonly document: ConfigDocument;
  readonly warnings: readonly Problem[];
  /** What the file asks for and this release does not do. */
  readonly unserved: readonly Problem[];
  /** Older forms of the language that the file uses. */
  readonly olderForms: readonly Problem[];
}

interface Refused {
  readonly ok: false;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly unserved: readonly Problem[];
}

/**
 * Compiles the text of a configuration file: read → shape → modernize → complete → rules → settle.
 * Needs neither keys nor the network. All errors are returned together, in the order of the file.
 */
export function compileGatewayConfig(text: string, options: CompileOptions = {}): CompileResult {
  const read = readDocument(text);
  if (!read.ok) return { ok: false, errors: read.problems, warnings: [], unserved: [] };
  const { document } = read;
  const shape = checkShape(document.value());
  const shapeErrors = placed(shape.problems, document);
  const unserved = placed(shape.unserved, document);
  const pruned = shape.isSound ? undefined : prune(document);
  if (!shape.isSound && pruned === undefined)
    return { ok: false, errors: shapeErrors, warnings: [], unserved };
  const modern = modernize(document);
  const ofForms = (problems: readonly Problem[]) =>
    pruned === undefined ? problems : problems.filter((problem) => !isConsequence(problem, pruned));
  const written = complete(document.value());
  const draft = normalize(written, options.metrics ?? defaultMetrics);
  const rules = checkRules(draft);
  const ofRules = (problems: readonly Problem[]) =>
    placed(pruned === undefined ? problems : withoutConsequences(problems, document, pruned), document);
  const errors = inFileOrder([...shapeErrors, ...ofForms(modern.errors), ...ofRules(rules.errors)]);
  const warnings = inFileOrder([...ofForms(modern.warnings), ...ofRules(rules.warnings)]);
  if (errors.length > 0) return { ok: false, errors, warnings, unserved };
  const config = settle(draft, options.folder);
  const olderForms = inFileOrder(modern.changes);
  return { ok: true, config, complete: written, document, warnings, unserved, olderForms };
}
