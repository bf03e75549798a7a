import type { TurnLogEntry } from "@plano/protocol";
import type { LogLimits } from "./services.ts";

/** What becomes of an upload: what is kept of it, and how many bytes the log has then. */
export interface FittedEntries {
  readonly entries: readonly TurnLogEntry[];
  readonly bytes: number;
}

/**
 * The entries that a log still has room for. The last one that it takes says that the rest is missing. Undefined
 * when it has said so already.
 */
export function fitEntries(
  entries: readonly TurnLogEntry[],
  held: LogLimits,
  limits: LogLimits,
): FittedEntries | undefined {
  if (held.entries >= limits.entries || held.bytes >= limits.bytes) return undefined;
  let { bytes } = held;
  for (const [index, { Timestamp, Message }] of entries.entries()) {
    const size = bytes + Buffer.byteLength(Message);
    // One place is left for the notice.
    if (size < limits.bytes && held.entries + index + 1 < limits.entries) {
      bytes = size;
      continue;
    }
    const notice = { Timestamp, Message: `[the log ends here: a turn may have ${describe(limits)}]` };
    return { entries: [...entries.slice(0, index), notice], bytes: limits.bytes };
  }
  return { entries, bytes };
}

function describe({ entries, bytes }: LogLimits): string {
  return `${entries} lines or ${bytes} bytes`;
}
