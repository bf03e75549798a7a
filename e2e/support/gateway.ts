import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { type Finished, runPlanoai } from "./programs.ts";

/** Options of `planoai up` for the mode that is tested: `PLANO_E2E_MODE` is `embedded` (the default) or `native`. */
const modeOptions = process.env.PLANO_E2E_MODE === "native" ? ["--native"] : [];

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
  planoai(...args: string[]): Promise<Finished>;
  /** Process id of the data plane. */
  pid(): Promise<number>;
  /** Everything the data plane has logged. */
  log(): Promise<string>;
  /** Stops it and removes the folder. */
  stop(): Promise<void>;
}

/** A folder with a config for a gateway that is not started yet. */
export async function prepareGateway({ config, environment = {} }: GatewayOptions): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), "plano-e2e-"));
  const [port, metricsPort] = [await freePort(), await freePort()];
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
    ...environment,
  };
  const planoai = (...args: string[]) => runPlanoai(args, { environment: variables, folder });
  const runFile = (name: string) => readFile(join(folder, ".plano", "run", name), "utf8");
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    folder,
    environment: variables,
    planoai,
    async pid() {
      const { brightstaff_pid } = JSON.parse(await runFile("plano.pid")) as { brightstaff_pid: number };
      return brightstaff_pid;
    },
    async log() {
      const behindEnvoy = modeOptions.length > 0 ? [await runFile("logs/envoy.log")] : [];
      return [await runFile("logs/brightstaff.log"), ...behindEnvoy].join("");
    },
    async stop() {
      await planoai("down");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes the config, runs `planoai up` and fails with its words if it does not come up. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = await prepareGateway(options);
  const up = await gateway.planoai("up", "config.yaml", ...modeOptions);
  if (up.exitCode !== 0) {
    await gateway.stop();
    throw new Error(`planoai up ended with ${up.exitCode}:\n${up.output}`);
  }
  return gateway;
}
