import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the stand-in tells of a run of itself. */
interface StandInRun {
  readonly pid: number;
  readonly helper?: number;
  readonly arguments: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly system?: string;
  readonly prompt: string;
}

/** A stand-in for Claude Code and what it has done. */
export interface ClaudeStandIn {
  /** Variables that make a gateway run it. */
  readonly environment: Readonly<Record<string, string>>;
  runs(): Promise<StandInRun[]>;
  /** Lets runs of the model `waits` go on. */
  openGate(): Promise<void>;
  remove(): Promise<void>;
}

export async function createClaudeStandIn(): Promise<ClaudeStandIn> {
  const folder = await mkdtemp(join(tmpdir(), "plano-claude-"));
  const [program, runs, gate] = ["claude", "runs", "gate"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const script = fileURLToPath(new URL("claude-stand-in.ts", import.meta.url));
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
  await chmod(program, 0o755);
  return {
    environment: { CLAUDE_CLI_BIN: program, CLAUDE_STAND_IN_RUNS: runs, CLAUDE_STAND_IN_GATE: gate },
    async runs() {
      const text = existsSync(runs) ? await readFile(runs, "utf8") : "";
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as StandInRun);
    },
    openGate: () => writeFile(gate, ""),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
