import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FakePlan42 } from "@plano/plan42-testkit";
import { type ControlClient, createControlClient } from "@plano/runner-home";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The daemon as a program of its own, with a home folder that outlives it. */
export interface RunnerHome {
  readonly folder: string;
  readonly control: ControlClient;
  /** Everything that was written to standard error so far. */
  readonly log: () => string;
  /** Starts the program, the sources' or a build of it, with flags for Node; it need not be ready yet. */
  start(program?: string, flags?: readonly string[]): ChildProcess;
  /** Ends the program by a signal and resolves to its exit code, or null. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  remove(): Promise<void>;
}

export interface RunnerHomeOptions {
  /** Where the configuration says that the service is. Default: where it is. */
  readonly url?: string;
  /** Variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

export function createRunnerHome(
  service: FakePlan42,
  toml = "",
  { url = service.url, environment: more = {} }: RunnerHomeOptions = {},
): RunnerHome {
  const folder = mkdtempSync(join(tmpdir(), "p42-"));
  const config = join(folder, "runner.toml");
  writeFileSync(
    config,
    `[runner]\nurl = "${url}"\ntoken = "${service.runnerToken}"\ndisk_min_free = 0\n${toml}`,
    { mode: 0o600 },
  );
  let child: ChildProcess | undefined;
  let log = "";
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null)
      return ending?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => ending.once("exit", (code) => resolve(code)));
    ending.kill(signal);
    return ended;
  };
  return {
    folder,
    control: createControlClient(join(folder, ".local/state/plan42-runner/control.sock")),
    log: () => log,
    start: (program = main, flags = []) => {
      const { XDG_STATE_HOME: _state, XDG_RUNTIME_DIR: _runtime, ...environment } = process.env;
      child = spawn(process.execPath, [...flags, program, "--config-file", config], {
        env: { ...environment, HOME: folder, DOCKER_HOST: process.env.PLAN42_TEST_DOCKER, ...more },
        stdio: ["ignore", "ignore", "pipe"],
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        log += text;
      });
      return child;
    },
    end,
    remove: async () => {
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
