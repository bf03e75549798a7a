import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const planoai = fileURLToPath(new URL("../../apps/plano/bin/planoai.cjs", import.meta.url));

/** A gateway in a home folder of its own, so that the tour leaves one that runs already in peace. */
export interface TourGateway {
  readonly url: string;
  readonly configText: string;
  /** Runs planoai; rejects with its output when it fails. */
  run(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Writes the config; nothing runs yet. Keys go in by the environment only. */
export async function prepareGateway(
  providers: readonly Readonly<Record<string, unknown>>[],
  keys: Readonly<Record<string, string>>,
): Promise<TourGateway> {
  const folder = await mkdtemp(join(tmpdir(), "plano-tour-"));
  const port = await freePort();
  const metricsPort = await freePort();
  const tracePort = await freePort();
  const configText = toYaml(port, providers);
  await writeFile(join(folder, "config.yaml"), configText);
  const environment = {
    ...process.env,
    ...keys,
    HOME: folder,
    METRICS_BIND_ADDRESS: `127.0.0.1:${metricsPort}`,
    PLANO_TRACE_PORT: `${tracePort}`,
  };
  return {
    url: `http://127.0.0.1:${port}`,
    configText,
    run: (...args) => runPlanoai(args, folder, environment),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function toYaml(port: number, providers: readonly Readonly<Record<string, unknown>>[]): string {
  const entries = providers.map((provider) =>
    Object.entries(provider)
      .map(([key, value], position) => `${position === 0 ? "  - " : "    "}${key}: ${String(value)}`)
      .join("\n"),
  );
  return [
    "version: v0.4.0",
    "listeners:",
    `  - {name: egress_traffic, type: model, port: ${port}}`,
    "model_providers:",
    ...entries,
    "model_aliases:",
    "  fast: {target: openai/gpt-4o-mini}",
    "",
  ].join("\n");
}

function runPlanoai(
  args: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [planoai, ...args], {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`planoai ${args.join(" ")} ended with ${code}:\n${output}`)),
    );
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
