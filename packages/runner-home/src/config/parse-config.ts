import { resolve } from "node:path";
import { describeCause } from "@plano/errors";
import { proxyForm, proxyUrl } from "@plano/protocol/proxy-url";
import { parse as parseToml } from "smol-toml";
import { expandHome } from "../folders.ts";
import { createFields, type Fields } from "./fields.ts";
import type {
  ConfigResult,
  GithubConnectionConfig,
  ModelMapping,
  RunnerConfig,
  RuntimeName,
} from "./runner-config.ts";
import { networkRefusal } from "./runtime-limits.ts";
import { isVariable, variableOf } from "./secrets.ts";
import { isServerUrl, urlWarning } from "./server-url.ts";
import { describeTomlError } from "./written-config.ts";

export interface ParseConfigOptions {
  readonly platform: string;
  /** Processors of this machine. */
  readonly processors: number;
  /** The value of an environment variable, for `env:NAME`. */
  readonly variable: (name: string) => string | undefined;
  /** The content of a file, for `token_file`. Throws the system's error if it cannot be read. */
  readonly readFile: (path: string) => string;
  /** Where relative paths begin: the folder of the file. Without it they stay relative. */
  readonly folder?: string;
}

const supportedRuntimes: readonly RuntimeName[] = ["docker", "podman", "apple"];
const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;
const hour = 3_600_000;
const mostJobs = 10_000;
/** What Linux can be built for. */
const mostProcessors = 8_192;
const mostProcesses = 2 ** 22;
const mostDays = 36_500;
/** What a timer can wait for is a little more; one that is to wait longer goes off at once. */
const longestTimer = 24 * 24 * hour;
export const defaultDiskMinFree = gibibyte;

/** Reads the text of a configuration file. Keys are taken whatever their case; unknown ones are warned about. */
export function parseConfig(text: string, options: ParseConfigOptions): ConfigResult {
  let document: Record<string, unknown>;
  try {
    document = parseToml(text);
  } catch (error) {
    return {
      ok: false,
      problems: [{ path: "", message: `failed to parse config file: ${describeTomlError(error)}` }],
      warnings: [],
    };
  }
  const root = createFields(document, "");
  const runner = root.table("runner");
  const config: RunnerConfig = {
    url: readUrl(runner),
    token: readSecret(runner, "token", "runner token not specified", options),
    skipSslVerify: runner.boolean("skip_ssl_verify", false),
    caFile: readPath(runner, "ca_file", options) || undefined,
    httpProxy: readProxy(runner),
    runtime: readRuntime(runner, options.platform),
    github: root.tables("github").map(([name, table]) => readConnection(name, table, options)),
    models: {
      openaiEndpoint: readAddress(runner, "openai_endpoint"),
      openaiToken: readSecret(runner, "openai_token", "", options),
      claudeEndpoint: readAddress(runner, "claude_endpoint"),
      claudeToken: readSecret(runner, "claude_token", "", options),
      mappings: Object.fromEntries(root.tables("model_mappings").map(readMapping)),
    },
    maxJobs: runner.count("max_jobs", Math.max(1, Math.floor(options.processors / 4)), [1, mostJobs]),
    maxQueues: runner.count("max_queues", 16, [1, mostJobs]),
    jobTimeout: runner.duration("job_timeout", 6 * hour),
    idleTimeout: runner.duration("idle_timeout", hour),
    shutdownTimeout: runner.duration("shutdown_timeout", 5 * 60_000, longestTimer),
    onShutdown: runner.choice("on_shutdown", ["leave", "stop"], "leave"),
    stopGrace: runner.duration("stop_grace", 10_000, longestTimer),
    // Docker refuses more processors than there are.
    cpus: runner.number("cpus", Math.min(4, options.processors), [0.01, mostProcessors]),
    memory: runner.size("memory", 8 * gibibyte, 6 * mebibyte),
    pids: runner.count("pids", 4096, [1, mostProcesses]),
    readOnlyRoot: runner.boolean("read_only_root", false),
    pullPolicy: runner.choice("pull_policy", ["always", "if-not-present", "never"], "always"),
    allowedImages: runner.texts("allowed_images"),
    network: runner.choice("network", ["isolated", "default"], "isolated"),
    labels: runner.labels("labels"),
    metricsListen: runner.address("metrics_listen"),
    otlpEndpoint: readAddress(runner, "otlp_endpoint"),
    logMaxSize: runner.size("log_max_size", 64 * mebibyte, 1024),
    logUploadMaxSize: runner.size("log_upload_max_size", 16 * mebibyte, 1024),
    logRetentionDays: runner.number("log_retention_days", 30, [0, mostDays]),
    logRetentionSize: runner.size("log_retention_size", 2 * 2 ** 30, 0),
    imageRetentionSize: runner.size("image_retention_size", 0, 0),
    diskMinFree: runner.size("disk_min_free", defaultDiskMinFree, 0),
  };
  warnRepeated(config.github, root);
  const refusal = networkRefusal(config);
  if (refusal !== undefined)
    runner.warn("network", `${refusal.message}. The runner does not start so. ${refusal.hint}`);
  runner.warnUnknown();
  root.warnUnknown();
  const { problems, warnings } = root.findings;
  if (problems.length === 0) return { ok: true, config, warnings };
  const isUsable = problems.every(({ variable }) => variable !== undefined);
  return { ok: false, problems, warnings, ...(isUsable && { withoutVariables: config }) };
}

function readUrl(runner: Fields): string {
  const url = runner.text("url");
  if (url === "") {
    runner.problem("url", "endpoint URL not specified");
    return url;
  }
  if (!isServerUrl(url)) {
    runner.problem("url", `invalid server url: ${url}`);
    return url;
  }
  const warning = urlWarning(url);
  if (warning !== undefined) runner.warn("url", warning);
  return url;
}

/** A token in the file, in another file (`token_file`), or in a variable (`token = "env:NAME"`). */
function readSecret(table: Fields, key: string, missing: string, options: ParseConfigOptions): string {
  const file = readPath(table, `${key}_file`, options);
  const written = table.text(key);
  if (file !== "") {
    if (written !== "") table.warn(key, `${key}_file is used, and ${key} is not`);
    try {
      const content = options.readFile(file).trim();
      if (content === "") table.problem(`${key}_file`, `there is no token in ${file}`);
      return content;
    } catch (error) {
      table.problem(`${key}_file`, `${file} cannot be read: ${describeCause(error)}`);
      return "";
    }
  }
  const path = /^file:(.*)$/s.exec(written)?.[1];
  if (path !== undefined) {
    table.problem(key, `a file that holds it is named by ${key}_file = ${JSON.stringify(path || "PATH")}`);
    return "";
  }
  if (isVariable(written)) return readVariable(table, key, written, options);
  if (written === "" && missing !== "" && !table.isWrong(`${key}_file`)) table.problem(key, missing);
  return written;
}

function readVariable(table: Fields, key: string, written: string, { variable }: ParseConfigOptions): string {
  const name = variableOf(written);
  const value = name === undefined ? undefined : variable(name);
  if (name === undefined)
    table.problem(key, "env: is followed by no variable's name, as in env:RUNNER_TOKEN");
  else if (!value) table.missing(key, name);
  return value ?? "";
}

/** A path, which may begin at the user's folder (`~/`) or at that of the file. */
function readPath(table: Fields, key: string, { folder, variable }: ParseConfigOptions): string {
  const path = expandHome(table.text(key), { HOME: variable("HOME") });
  return path === "" || folder === undefined ? path : resolve(folder, path);
}

/** An address of a server; empty is none. */
function readAddress(table: Fields, key: string): string {
  const url = table.text(key);
  if (url !== "" && !isServerUrl(url)) {
    table.problem(key, `it must be a URL such as https://api.example.com/v1, not ${url}`);
  }
  return url;
}

/** Never told as it is written: it may hold a password. */
function readProxy(runner: Fields): string | undefined {
  const written = runner.text("http_proxy");
  const url = proxyUrl(written);
  if (written !== "" && url === undefined) runner.problem("http_proxy", `it must be ${proxyForm}`);
  return url;
}

function readMapping([name, table]: [string, Fields]): [string, ModelMapping] {
  const mapping = {
    provider: table.text("provider"),
    model: table.text("model"),
    extendedContext: table.boolean("extended_context", false),
  };
  if (mapping.model === "") table.problem("model", "it is missing");
  table.warnUnknown();
  return [name, mapping];
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
    url: readAddress(table, "url") || "https://github.com",
    connectionId: table.text("connection_id"),
    token: readSecret(table, "token", "", options),
  };
  if (connection.connectionId === "") table.problem("connection_id", "it is missing");
  table.warnUnknown();
  return connection;
}

/** A connection is looked up by its id: the first one with it counts. */
function warnRepeated(connections: readonly GithubConnectionConfig[], root: Fields): void {
  const ids = connections.map(({ connectionId }) => connectionId);
  for (const [index, { name, connectionId }] of connections.entries()) {
    const first = ids.indexOf(connectionId);
    if (connectionId === "" || first === index) continue;
    const message = `it has the connection_id of ${connections[first]?.name}, which is used in its place`;
    root.warn(`github.${name}`, message);
  }
}
