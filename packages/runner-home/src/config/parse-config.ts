import { parse as parseToml } from "smol-toml";
import { createFields, type Fields } from "./fields.ts";
import type { ConfigResult, GithubConnectionConfig, RunnerConfig, RuntimeName } from "./runner-config.ts";

export interface ParseConfigOptions {
  readonly platform: string;
  /** Processors of this machine. */
  readonly processors: number;
  /** The value of an environment variable, for `env:NAME`. */
  readonly variable: (name: string) => string | undefined;
  /** The content of a file, for `token_file`; undefined if it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
}

const supportedRuntimes: readonly RuntimeName[] = ["docker", "podman", "apple"];
const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;
const hour = 3_600_000;

/** Reads the text of a configuration file. Keys are taken whatever their case; unknown ones are warned about. */
export function parseConfig(text: string, options: ParseConfigOptions): ConfigResult {
  let document: Record<string, unknown>;
  try {
    document = parseToml(text);
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return {
      ok: false,
      problems: [{ path: "", message: `failed to parse config file: ${message}` }],
      warnings: [],
    };
  }
  const root = createFields(document, "");
  const runner = root.table("runner");
  const config: RunnerConfig = {
    url: readUrl(runner),
    token: readSecret(runner, "runner token not specified", options),
    skipSslVerify: runner.boolean("skip_ssl_verify", false),
    caFile: runner.text("ca_file") || undefined,
    httpProxy: runner.text("http_proxy") || undefined,
    runtime: readRuntime(runner, options.platform),
    github: root.tables("github").map(([name, table]) => readConnection(name, table, options)),
    maxJobs: runner.count("max_jobs", Math.max(1, Math.floor(options.processors / 4)), 1),
    maxQueues: runner.count("max_queues", 16, 1),
    jobTimeout: runner.duration("job_timeout", 6 * hour),
    idleTimeout: runner.duration("idle_timeout", hour),
    shutdownTimeout: runner.duration("shutdown_timeout", 5 * 60_000),
    onShutdown: runner.choice("on_shutdown", ["leave", "stop"], "leave"),
    stopGrace: runner.duration("stop_grace", 10_000),
    // Docker refuses more processors than there are.
    cpus: runner.number("cpus", Math.min(4, options.processors), 0.01),
    memory: runner.size("memory", 8 * gibibyte, 6 * mebibyte),
    pids: runner.count("pids", 4096, 1),
    readOnlyRoot: runner.boolean("read_only_root", false),
    pullPolicy: runner.choice("pull_policy", ["always", "if-not-present", "never"], "always"),
    allowedImages: runner.texts("allowed_images"),
    network: runner.choice("network", ["isolated", "default"], "isolated"),
    labels: runner.labels("labels"),
    metricsListen: runner.address("metrics_listen"),
    logMaxSize: runner.size("log_max_size", 64 * mebibyte, 1024),
    logUploadMaxSize: runner.size("log_upload_max_size", 16 * mebibyte, 1024),
    logRetentionDays: runner.number("log_retention_days", 30, 0),
    diskMinFree: runner.size("disk_min_free", gibibyte, 0),
  };
  runner.warnUnknown();
  root.warnUnknown();
  const { problems, warnings } = root.findings;
  return problems.length > 0 ? { ok: false, problems, warnings } : { ok: true, config, warnings };
}

function readUrl(runner: Fields): string {
  const url = runner.text("url");
  if (url === "") {
    runner.problem("url", "endpoint URL not specified");
    return url;
  }
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    runner.problem("url", `invalid server url: ${url}`);
  } else if (parsed.protocol === "http:" && !isNearby(parsed.hostname)) {
    runner.warn("url", "the connection is not encrypted, and the token is readable on the way");
  }
  return url;
}

function isNearby(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host) || host.endsWith(".localhost");
}

/** A token in the file, in another file (`token_file`), or in a variable (`token = "env:NAME"`). */
function readSecret(table: Fields, missing: string, { variable, readFile }: ParseConfigOptions): string {
  const file = table.text("token_file");
  const written = table.text("token");
  if (file !== "") {
    if (written !== "") table.warn("token", "token_file is used, and token is not");
    const content = readFile(file)?.trim();
    if (!content) table.problem("token_file", `there is no token in ${file}`);
    return content ?? "";
  }
  const name = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(written)?.[1];
  const value = name === undefined ? written : variable(name);
  if (name !== undefined && !value) table.problem("token", `the environment variable ${name} is not set`);
  else if (!value && missing !== "") table.problem("token", missing);
  return value ?? "";
}

function readRuntime(runner: Fields, platform: string): RuntimeName {
  const written = runner.text("runtime").trim().toLowerCase();
  if (written === "") return platform === "darwin" ? "apple" : "docker";
  const known = supportedRuntimes.find((name) => name === written);
  if (known !== undefined) return known;
  runner.problem(
    "runtime",
    `unsupported runtime: ${written} (supported runtimes: ${supportedRuntimes.join(", ")})`,
  );
  return "docker";
}

function readConnection(name: string, table: Fields, options: ParseConfigOptions): GithubConnectionConfig {
  const connection = {
    name: table.text("name") || name,
    url: table.text("url") || "https://github.com",
    connectionId: table.text("connection_id"),
    token: readSecret(table, "", options),
  };
  if (connection.connectionId === "") table.problem("connection_id", "it is missing");
  table.warnUnknown();
  return connection;
}
