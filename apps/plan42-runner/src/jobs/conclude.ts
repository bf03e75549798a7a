import type { ContainerExit } from "@plano/runtime";

/** How a job's container ended. */
export interface JobEnd {
  /** `lost`: the container is not there any more. */
  readonly exit: ContainerExit | "lost";
  /** Why the runner asked it to end. */
  readonly stopReason: string | undefined;
  /** Memory limit in bytes. */
  readonly memory: number;
  /** The last lines of its output, redacted. */
  readonly lastLines: readonly string[];
}

/** The longest text that a turn is told, in bytes. */
const longestMessage = 8 * 1024;
const killedExitCode = 137;

/** What a turn is told when its agent has not ended it by itself. */
export function describeFailure({ exit, stopReason, memory, lastLines }: JobEnd): string {
  const reason = stopReason ?? describeExit(exit, memory);
  const own = /^\[plan42-runner\]/;
  const output = lastLines.filter((line) => !own.test(line));
  return limitText(output.length === 0 ? reason : `${reason}\n${output.join("\n")}`);
}

function describeExit(exit: ContainerExit | "lost", memory: number): string {
  if (exit === "lost") return "the agent's container has disappeared";
  const { exitCode, outOfMemory } = exit;
  const limit =
    memory < 2 ** 30
      ? `${Number((memory / 2 ** 20).toFixed(1))} MiB`
      : `${(memory / 2 ** 30).toFixed(1)} GiB`;
  if (outOfMemory && exitCode !== 0) {
    return `the agent was killed: out of memory (limit ${limit}, exit code ${exitCode})`;
  }
  if (exitCode === killedExitCode) {
    return `the agent was killed from outside, perhaps for want of memory (limit ${limit}, exit code ${exitCode})`;
  }
  if (exitCode === 0) return "agent exited without reporting a result";
  if (exitCode === undefined) return "agent ended, and its exit code could not be learnt";
  return `agent exited with code ${exitCode}`;
}

/** Cuts a text to what a turn takes; the beginning and the end stay. */
export function limitText(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= longestMessage) return text;
  const half = (longestMessage - 32) / 2;
  const head = bytes
    .subarray(0, half)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");
  const tail = bytes
    .subarray(-half)
    .toString("utf8")
    .replace(/^\uFFFD+/, "");
  return `${head}\n[…]\n${tail}`;
}
