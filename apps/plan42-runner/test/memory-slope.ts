import { readFileSync } from "node:fs";

/** What a process held at a time. */
export interface MemorySample {
  /** Since the first sample, in milliseconds. */
  readonly at: number;
  readonly bytes: number;
}

/** A process's own memory in bytes, without files that it has mapped. Linux only. */
export function ownMemory(pid: number): number {
  const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kibibytes === undefined) throw new Error(`the kernel does not tell what process ${pid} holds`);
  return Number(kibibytes) * 1024;
}

/**
 * By how much memory grows, in bytes an hour: the straight line through the least that was held in each span, since
 * what waits for the collector of garbage comes and goes. Undefined with fewer than two spans.
 */
export function memorySlope(samples: readonly MemorySample[], spanMilliseconds: number): number | undefined {
  const least = new Map<number, MemorySample>();
  for (const sample of samples) {
    const span = Math.floor(sample.at / spanMilliseconds);
    const known = least.get(span);
    if (known === undefined || sample.bytes < known.bytes) least.set(span, sample);
  }
  const points = [...least.values()];
  if (points.length < 2) return undefined;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = { at: mean(points.map(({ at }) => at)), bytes: mean(points.map(({ bytes }) => bytes)) };
  const spread = points.reduce((sum, { at }) => sum + (at - middle.at) ** 2, 0);
  const rise = points.reduce((sum, { at, bytes }) => sum + (at - middle.at) * (bytes - middle.bytes), 0);
  return (rise / spread) * 3_600_000;
}
