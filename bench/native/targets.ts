import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bench = process.env.PLANO_BENCH ?? join(root, "crates/target/release/gateway_bench");
const planoai = join(root, "apps/plano/bin/planoai.cjs");

/** Something that runs and answers at a port. */
export interface Target {
  readonly port: number;
  /** From the command to the first connection that was taken. */
  readonly startMilliseconds: number;
  /** Names of its processes, and their resident memory in KiB. */
  processes(): [program: string, kib: number][];
  stop(): Promise<void>;
}

/** The provider that answers at once. */
export async function startMock(): Promise<Target> {
  const port = await freePort();
  return runUntilListening(port, bench, ["mock", String(port)]);
}

/** Envoy with nothing but a route to the provider. */
export async function startBareEnvoy(upstream: number): Promise<Target> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "plano-bench-"));
  const file = join(folder, "envoy.json");
  writeFileSync(file, JSON.stringify(bareConfiguration(port, upstream)));
  const words = ["-c", file, "--disable-hot-restart", "-l", "error"];
  return runUntilListening(port, envoyProgram(), words, () => rmSync(folder, { recursive: true }));
}

/** The gateway in one of its modes, with providers of two APIs that are all the mock. */
export async function startGateway(upstream: number, mode: readonly string[]): Promise<Target> {
  const home = mkdtempSync(join(tmpdir(), "plano-bench-"));
  const [port, metrics, brightstaff, admin] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const provider = (model: string) => ({
    model,
    base_url: `http://127.0.0.1:${upstream}`,
    access_key: "sk-bench",
  });
  const config = {
    version: "v0.4.0",
    listeners: [{ name: "egress_traffic", type: "model", port }],
    model_providers: [provider("openai/*"), provider("anthropic/*")],
  };
  writeFileSync(join(home, "config.yaml"), JSON.stringify(config));
  const env = {
    ...process.env,
    HOME: home,
    METRICS_BIND_ADDRESS: `127.0.0.1:${metrics}`,
    BIND_ADDRESS: `127.0.0.1:${brightstaff}`,
    ADMIN_BIND_ADDRESS: `127.0.0.1:${admin}`,
  };
  const run = (...words: string[]) =>
    execFileSync(process.execPath, [planoai, ...words], { cwd: home, env, stdio: "pipe" });
  const begin = performance.now();
  run("up", "config.yaml", ...mode);
  const startMilliseconds = performance.now() - begin;
  const runFile = (name: string) => readFileSync(join(home, ".plano/run", name), "utf8");
  return {
    port,
    startMilliseconds,
    processes() {
      const { brightstaff_pid } = JSON.parse(runFile("plano.pid")) as { brightstaff_pid: number };
      const envoy = mode.includes("--native") ? [Number(runFile("envoy.pid"))] : [];
      return [brightstaff_pid, ...envoy].map(processOf);
    },
    async stop() {
      run("down");
      rmSync(home, { recursive: true });
    },
  };
}

async function runUntilListening(
  port: number,
  program: string,
  words: readonly string[],
  clean: () => void = () => {},
): Promise<Target> {
  const begin = performance.now();
  const child: ChildProcess = spawn(program, words, { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    await pause(5);
  }
  return {
    port,
    startMilliseconds: performance.now() - begin,
    processes: () => [processOf(child.pid ?? 0)],
    async stop() {
      child.kill("SIGTERM");
      await ended;
      clean();
    },
  };
}

function bareConfiguration(port: number, upstream: number): object {
  const address = (value: number) => ({ socket_address: { address: "127.0.0.1", port_value: value } });
  const type = (name: string) => `type.googleapis.com/envoy.extensions.filters.${name}`;
  const endpoint = { endpoint: { address: address(upstream) } };
  const manager = {
    "@type": type("network.http_connection_manager.v3.HttpConnectionManager"),
    stat_prefix: "bare",
    generate_request_id: false,
    http_filters: [
      { name: "envoy.filters.http.router", typed_config: { "@type": type("http.router.v3.Router") } },
    ],
    route_config: {
      virtual_hosts: [
        { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "mock" } }] },
      ],
    },
  };
  const filters = [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }];
  return {
    static_resources: {
      listeners: [{ name: "bare", address: address(port), filter_chains: [{ filters }] }],
      clusters: [
        {
          name: "mock",
          type: "STATIC",
          load_assignment: { cluster_name: "mock", endpoints: [{ lb_endpoints: [endpoint] }] },
        },
      ],
    },
  };
}

function envoyProgram(): string {
  const tools = join(root, ".tools");
  const folder = readdirSync(tools).find((name) => name.startsWith("envoy-"));
  if (folder === undefined) throw new Error("there is no Envoy: run npm run setup");
  return join(tools, folder, "envoy");
}

function processOf(pid: number): [string, number] {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
  return [field("Name"), Number(field("VmRSS"))];
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
