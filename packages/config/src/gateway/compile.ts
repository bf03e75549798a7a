import type { GatewayConfig, SocketAddress } from "./gateway-config.ts";
import { defaultMetrics, normalize } from "./normalize.ts";
import type { Problem } from "./problem.ts";
import { type ConfigDocument, readDocument } from "./read.ts";
import { checkRules } from "./rules.ts";
import { checkShape } from "./schema.ts";
import { settle } from "./settle.ts";

export interface CompileOptions {
  /** Where metrics are served. Default 127.0.0.1:9092. */
  readonly metrics?: SocketAddress;
  /** The file's folder, which relative paths in it start from. */
  readonly folder?: string;
}

export type CompileResult =
  | { readonly ok: true; readonly config: GatewayConfig; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly errors: readonly Problem[]; readonly warnings: readonly Problem[] };

/**
 * Compiles the text of a configuration file: read → shape → normalize → rules → settle.
 * Needs neither keys nor the network. All errors are returned together, in the order of the file.
 */
export function compileGatewayConfig(text: string, options: CompileOptions = {}): CompileResult {
  const read = readDocument(text);
  if (!read.ok) return { ok: false, errors: read.problems, warnings: [] };
  const { document } = read;
  const shape = checkShape(document.value);
  if (shape.written === undefined)
    return { ok: false, errors: placed(shape.problems, document), warnings: [] };
  const draft = normalize(shape.written, options.metrics ?? defaultMetrics);
  const rules = checkRules(draft);
  const errors = placed([...shape.problems, ...rules.errors], document);
  const warnings = placed(rules.warnings, document);
  return errors.length > 0
    ? { ok: false, errors, warnings }
    : { ok: true, config: settle(draft, options.folder), warnings };
}

/** Adds line and column to each problem and sorts them by place. */
function placed(problems: readonly Problem[], document: ConfigDocument): Problem[] {
  const located = problems.map((problem) => {
    const position = document.locate(problem.path);
    return position === undefined ? problem : { ...problem, position };
  });
  return located.sort((left, right) => (left.position?.line ?? 0) - (right.position?.line ?? 0));
}
