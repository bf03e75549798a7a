import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTerminal } from "@plano/terminal";
import type { Environment } from "../src/context.ts";
import { runProgram } from "../src/run-program.ts";

const programFolder = fileURLToPath(new URL("..", import.meta.url));
const substitute = join(programFolder, "test", "substitute-data-plane.ts");

/** What a run of the program left behind. */
interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that goes on until it is told to stop. */
interface Running {
  readonly outcome: Promise<Outcome>;
  /** All that was printed so far, on both streams. */
  text(): string;
  interrupt(): void;
}

/** A home and a current folder of its own, in which planoai runs inside the test's process. */
export interface Workplace {
  readonly home: string;
  readonly folder: string;
  /** A port and a metrics port that nobody listens on. */
  readonly port: number;
  readonly metricsPort: number;
  /** Writes a file below the current folder and returns its path. */
  write(name: string, content: string): string;
  /** `input` is what comes over standard input. */
  run(words: readonly string[], environment?: Environment, input?: string): Promise<Outcome>;
  start(words: readonly string[], environment?: Environment, input?: string): Running;
  /** Replaces what differs from one run to the next. */
  steady(text: string): string;
  /** Stops what still runs and removes everything. */
  clear(): Promise<void>;
}

export async function createWorkplace(): Promise<Workplace> {
  const root = mkdtempSync(join(tmpdir(), "planoai-test-"));
  const [home, folder] = [join(root, "home"), join(root, "work")];
  for (const path of [home, folder]) mkdirSync(path);
  const [port, metricsPort] = await freePorts();
  const usual: Environment = {
    HOME: home,
    PATH: process.env.PATH,
    // The substitute runs under the Node of the test.
    PLANO_BRIGHTSTAFF: wrapSubstitute(root),
    METRICS_BIND_ADDRESS: `127.0.0.1:${metricsPort}`,
  };

  const start = (words: readonly string[], environment: Environment = {}, input = ""): Running => {
    const written: { stream: "stdout" | "stderr"; text: string }[] = [];
    const stops = new Set<() => void>();
    const sink = (stream: "stdout" | "stderr") => ({
      write: (text: string) => written.push({ stream, text }),
    });
    const all = { ...usual, ...environment };
    const code = runProgram(words, {
      terminal: createTerminal({ stdout: sink("stdout"), stderr: sink("stderr"), environment: all }),
      environment: all,
      currentFolder: folder,
      programFolder,
      ownCommand: [process.execPath, join(programFolder, "src", "main.ts")],
      readInput: async () => input,
      onStopSignal: (listener) => {
        stops.add(listener);
        return () => stops.delete(listener);
      },
    });
    const textOf = (stream: string) =>
      written.flatMap((part) => (part.stream === stream ? [part.text] : [])).join("");
    return {
      outcome: code.then((exit) => ({ code: exit, stdout: textOf("stdout"), stderr: textOf("stderr") })),
      text: () => written.map((part) => part.text).join(""),
      interrupt: () => {
        for (const stop of stops) stop();
      },
    };
  };

  const workplace: Workplace = {
    home,
    folder,
    port,
    metricsPort,
    write: (name, content) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    start,
    run: (...what) => start(...what).outcome,
    steady: (text) => text.replaceAll(folder, "/project").replaceAll(home, "/home"),
    clear: async () => {
      await workplace.run(["down"]);
      rmSync(root, { recursive: true, force: true });
    },
  };
  return workplace;
}

/** A configuration for the workplace, with providers by these names. */
export function configFor({ port }: Workplace, names: readonly string[] = ["main"], rest = ""): string {
  const providers = names.map(
    (name, index) => `  - {name: ${name}, model: openai/m${index}, access_key: $OPENAI_API_KEY}\n`,
  );
  return `version: v0.4.0
listeners: [{type: model, name: models, port: ${port}}]
model_providers:
${providers.join("")}${rest}`;
}

/** In an older form, and with something that is not served. */
export const olderConfig = `version: v0.3.0
llm_providers: # two of them
  - {model: openai/gpt-4o, access_key: $OPENAI_API_KEY}
  - {model: mistral/large, access_key: $SECOND_KEY}
agents: [{id: helper, url: "http://localhost:10510"}]
`;

/** Waits until a condition holds; fails after some seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts a process that does nothing for a while, and resolves to its number. `words` are on its command line. */
export function idleProcess(...words: readonly string[]): Promise<{ pid: number; end(): void }> {
  const idle = ["-e", "setTimeout(() => {}, 60000)", "--", ...words];
  const child = spawn(process.execPath, idle, { stdio: "ignore" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve({ pid: child.pid ?? 0, end: () => child.kill("SIGKILL") }));
  });
}

function wrapSubstitute(folder: string): string {
  const path = join(folder, "brightstaff");
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${substitute}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(typeof address === "object" && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}
