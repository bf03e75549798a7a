import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The built command-line program, by absolute path. */
const planoaiPath = `${root}apps/plano/bin/planoai.cjs`;
/** The built data plane, or another one that PLANO_BRIGHTSTAFF names. */
const brightstaffPath = process.env.PLANO_BRIGHTSTAFF ?? `${root}crates/target/release/brightstaff`;

/** A file of the repository, by its path from the root. */
export function repositoryFile(path: string): string {
  return root + path;
}

export interface Finished {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order of arrival. */
  readonly output: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it has printed so far. */
  output(): string;
}

export interface RunOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Node to start the program with; the one that runs the tests unless given. */
  readonly node?: string;
}

/** Starts planoai with exactly the environment given. */
export function startPlanoai(args: readonly string[], options: RunOptions): Running {
  for (const needed of [planoaiPath, brightstaffPath]) {
    if (!existsSync(needed)) throw new Error(`${needed} is not built: run npm run setup`);
  }
  const child = spawn(options.node ?? process.execPath, [planoaiPath, ...args], {
    cwd: options.folder,
    env: { ...options.environment, PLANO_BRIGHTSTAFF: brightstaffPath },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
      output += text;
    });
  }
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, ...texts, output }));
  });
  return { child, finished, output: () => output };
}

/** Runs planoai to its end. */
export function runPlanoai(args: readonly string[], options: RunOptions): Promise<Finished> {
  return startPlanoai(args, options).finished;
}
