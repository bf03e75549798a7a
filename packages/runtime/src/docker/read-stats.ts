import type { ContainerStats } from "../runtime.ts";

/** What the engine tells of a container's use: only what is read here. */
interface EngineStats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  /** Without `usage` when the container does not run. */
  readonly memory_stats?: {
    readonly usage?: number;
    /** Named by the version of cgroups: `total_inactive_file` in the first, `inactive_file` in the second. */
    readonly stats?: { readonly total_inactive_file?: number; readonly inactive_file?: number };
  };
}

/** The answer to `GET /containers/NAME/stats`, as `docker stats` counts it; undefined when it does not run. */
export function readStats({
  cpu_stats: processor,
  memory_stats: memory,
}: EngineStats): ContainerStats | undefined {
  if (memory?.usage === undefined) return undefined;
  const cached = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  return {
    processorSeconds: (processor?.cpu_usage?.total_usage ?? 0) / 1e9,
    memoryBytes: Math.max(0, memory.usage - cached),
  };
}
