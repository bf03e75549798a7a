import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openExit } from "./exit.ts";

/** One run of a coding agent. */
export interface AgentRun {
  readonly exitCode: number | null;
  readonly output: string;
  /** Requests that tried to leave this machine. */
  readonly egress: readonly string[];
}

export interface AgentCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Names of files with what they hold, written into the folder first. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A folder that is an agent's home and its workplace. */
export async function createWorkplace(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "plano-agent-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** The path of a file in a package that came for this platform; undefined when none came. */
export function platformFile(packageName: string, path: string): string | undefined {
  try {
    const found = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    return join(dirname(found), path);
  } catch {
    return undefined;
  }
}

/** Runs an agent to its end, with nothing but loopback to reach. */
export async function runAgent(folder: string, command: AgentCommand, timeoutMs = 50_000): Promise<AgentRun> {
  for (const [name, text] of Object.entries(command.files ?? {})) {
    await writeFile(join(folder, name), text);
  }
  const exit = await openExit();
  try {
    const child = spawn(command.program, command.args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      env: { PATH: process.env.PATH, HOME: folder, ...exit.environment, ...command.environment },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { exitCode, output, egress: exit.attempts };
  } finally {
    exit.close();
  }
}
