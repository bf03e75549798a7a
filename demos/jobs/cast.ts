import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const launcher = (app: string, name: string) =>
  fileURLToPath(new URL(`../../apps/${app}/bin/${name}.cjs`, import.meta.url));
const programs = {
  plan42: launcher("plan42", "plan42"),
  planoai: launcher("plano", "planoai"),
} as const;

type ProgramName = keyof typeof programs;

/** A program that goes on beside the demo. */
export interface Companion {
  /** The first line that it prints. Rejects with what it said if it ends before. */
  firstLine(): Promise<string>;
  /** Asks it to end, and waits for it. */
  stop(): Promise<void>;
}

/** The programs of the demo, in a home folder of their own. */
export interface Cast {
  /** Runs a program to its end; rejects with what it said if it fails. */
  run(name: ProgramName, words: readonly string[], input?: string): Promise<string>;
  /** Runs a program, and shows each line that it prints. */
  show(name: ProgramName, words: readonly string[], onLine: (line: string) => void): Promise<number>;
  start(command: readonly [string, ...string[]]): Companion;
  /** The command of a program that goes on. */
  command(name: ProgramName, ...words: readonly string[]): readonly [string, ...string[]];
}

export function createCast(folder: string, environment: NodeJS.ProcessEnv): Cast {
  const options = { cwd: folder, env: environment };
  const command = (name: ProgramName, ...words: readonly string[]) =>
    [process.execPath, programs[name], ...words] as const;
  return {
    command,
    run: async (name, words, input) => {
      const [node, ...rest] = command(name, ...words);
      const running = promisify(execFile)(node, rest, options);
      running.child.stdin?.end(input);
      try {
        return (await running).stdout;
      } catch (error) {
        const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
        throw new Error(`${name} ${words.join(" ")}: ${said.trim()}`, { cause: error });
      }
    },
    show: async (name, words, onLine) => {
      const [node, ...rest] = command(name, ...words);
      const child = spawn(node, rest, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [child.stdout, child.stderr]) eachLine(stream, onLine);
      return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
    },
    start: ([program, ...words]) => companion(spawn(program, words, { ...options, stdio: "pipe" })),
  };
}

function companion(child: ChildProcess): Companion {
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  let said = "";
  if (child.stderr) {
    eachLine(child.stderr, (line) => {
      said = line;
    });
  }
  const first = new Promise<string>((resolve, reject) => {
    if (child.stdout) eachLine(child.stdout, resolve);
    void ended.then(() => reject(new Error(`${child.spawnargs.slice(1, 4).join(" ")} ended: ${said}`)));
  });
  first.catch(() => {});
  return {
    firstLine: () => first,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}

/** A port of an address that nobody listens on. */
export function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound ? bound.port : 0));
    });
  });
}
