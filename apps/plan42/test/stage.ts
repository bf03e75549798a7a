import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const apps = fileURLToPath(new URL("../..", import.meta.url));
const main = join(apps, "plan42", "dist", "main.js");

/** How a program ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that goes on. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** All that it has printed so far. */
  stdout(): string;
  stderr(): string;
}

/** A home folder of its own, in which plan42, plan42-server and plan42-runner run as processes. */
export interface Stage {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Runs plan42 to its end. */
  run(words: readonly string[], input?: string): Promise<Outcome>;
  /** Runs plan42, and rejects unless it ends with 0; resolves to what its `--json` printed. */
  json(words: readonly string[], input?: string): Promise<Record<string, string>>;
  start(words: readonly string[]): Running;
  /** Ends what still runs, and removes everything. */
  close(): Promise<void>;
}

export function openStage(variables: NodeJS.ProcessEnv = {}): Stage {
  const home = mkdtempSync(join(tmpdir(), "plan42-"));
  const environment = {
    PATH: process.env.PATH,
    HOME: home,
    DOCKER_HOST: process.env.PLAN42_TEST_DOCKER,
    ...variables,
  };
  const children = new Set<Running>();
  const start = (words: readonly string[], input?: string): Running => {
    const child = spawn(process.execPath, [main, ...words], { env: environment, cwd: home });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (part: string) => {
        text[name] += part;
      });
    }
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const ended = new Promise<Outcome>((resolve) => {
      child.once("close", (code) => resolve({ code, ...text }));
    });
    const running = { child, ended, stdout: () => text.stdout, stderr: () => text.stderr };
    children.add(running);
    void ended.then(() => children.delete(running));
    return running;
  };
  const run = (words: readonly string[], input?: string) => start(words, input).ended;
  return {
    home,
    environment,
    run,
    start,
    json: async (words, input) => {
      const { code, stdout, stderr } = await run(words, input);
      if (code !== 0) throw new Error(`plan42 ${words.join(" ")} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    close: async () => {
      const left = [...children];
      for (const { child } of left) child.kill("SIGKILL");
      await Promise.all(left.map(({ ended }) => ended));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Builds the programs that have not been built yet. */
export async function buildPrograms(): Promise<void> {
  for (const name of ["plan42", "plan42-runner", "plan42-runner-config", "plan42-server"]) {
    const folder = join(apps, name);
    if (existsSync(join(folder, "dist", "main.js"))) continue;
    await promisify(execFile)(process.execPath, ["build/bundle.ts"], { cwd: folder });
  }
}

/** A port that nobody listens on. */
export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
