import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { freePort } from "./free-port.ts";
import { inMode, isInContainer, mode } from "./mode.ts";
import { type Finished, runPlanoai } from "./programs.ts";

export interface GatewayOptions {
  /** Keys of the config besides version and listeners. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Variables besides HOME and PATH. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Gateway {
  readonly port: number;
  readonly url: string;
  readonly metricsUrl: string;
  /** Holds `config.yaml` and, as HOME, all run-time files. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the command; `up` and `down` in the mode that is tested. */
  planoai(...args: string[]): Promise<Finished>;
  /** Process id of the data plane. */
  pid(): Promise<number>;
  /** Process id of the Envoy in front. */
  envoyPid(): Promise<number>;
  /** Everything the data plane has logged. */
  log(): Promise<string>;
  /** All run-time files with their paths below its folder, but for sockets. */
  runFiles(): Promise<RunFile[]>;
  /** Stops it and removes the folder. */
  stop(): Promise<void>;
}

interface RunFile {
  readonly name: string;
  readonly mode: number;
  readonly content: string;
}

async function readRunFiles(folder: string): Promise<RunFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (path) => ({
      name: relative(folder, path),
      mode: (await stat(path)).mode & 0o777,
      content: await readFile(path, "utf8"),
    })),
  );
}

/** A folder with a config for a gateway that is not started yet. */
export async function prepareGateway({ config, environment = {} }: GatewayOptions): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), "plano-e2e-"));
  const [port, metricsPort] = [await freePort(), await freePort()];
  // Suites that run at once would find the same ports of their own free.
  const behindEnvoy =
    mode === "native"
      ? {
          BIND_ADDRESS: `127.0.0.1:${await freePort()}`,
          ADMIN_BIND_ADDRESS: `127.0.0.1:${await freePort()}`,
        }
      : {};
  const written = {
    version: "v0.4.0",
    listeners: [{ name: "egress_traffic", type: "model", port }],
    ...config,
  };
  // JSON is YAML.
  await writeFile(join(folder, "config.yaml"), JSON.stringify(written, null, 2));
  const variables = {
    HOME: folder,
    PATH: process.env.PATH ?? "",
    METRICS_BIND_ADDRESS: `127.0.0.1:${metricsPort}`,
    ...engineVariables(`plano-${port}`),
    ...behindEnvoy,
    ...environment,
  };
  const planoai = (...args: string[]) => runPlanoai(inMode(args), { environment: variables, folder });
  const runFile = (name: string) => readFile(join(folder, ".plano", "run", name), "utf8");
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    folder,
    environment: variables,
    planoai,
    async pid() {
      const { pid } = JSON.parse((await planoai("status", "--json")).stdout) as { pid: number };
      return pid;
    },
    envoyPid: async () => Number(await runFile("envoy.pid")),
    async log() {
      if (isInContainer) return (await planoai("logs", "--docker", "-n", "1000000")).stdout;
      const logs = ["logs/brightstaff.log", ...(mode === "native" ? ["logs/envoy.log"] : [])];
      return (await Promise.all(logs.map(runFile))).join("");
    },
    runFiles: () => readRunFiles(join(folder, ".plano", "run")),
    async stop() {
      await planoai("down");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes the config, runs `planoai up` and fails with its words if it does not come up. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = await prepareGateway(options);
  const up = await gateway.planoai("up", "config.yaml");
  if (up.exitCode !== 0) {
    await gateway.stop();
    throw new Error(`planoai up ended with ${up.exitCode}:\n${up.output}`);
  }
  return gateway;
}

/** What a container needs besides: its engine, the image, and a name that no other test has. */
function engineVariables(container: string): Record<string, string> {
  const { DOCKER_HOST = "", PLANO_DOCKER_IMAGE = "" } = process.env;
  return isInContainer ? { DOCKER_HOST, PLANO_DOCKER_IMAGE, PLANO_DOCKER_CONTAINER: container } : {};
}
