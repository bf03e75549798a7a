/**
 * A strict stand-in for Apple's `container` 1.0, run as a program of its own: it takes the words that are used
 * here and refuses what the real one refuses, in its words and with its exit codes. Its containers are processes
 * of this machine. What it knows is in the folder of the variable APPLE_STAND_IN.
 *
 * After docs/command-reference.md and Sources/ContainerCommands, Sources/ContainerResource and
 * Sources/Services/ContainerAPIService of github.com/apple/container.
 */
import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { misuse, parsePairs, parseWords, Refusal, refuse, single } from "./apple-stand-in-words.ts";

const state = process.env.APPLE_STAND_IN ?? "";
const mebibyte = 2 ** 20;
/** How long a virtual machine takes to be up. */
const bootMilliseconds = 150;

interface Configuration {
  readonly id: string;
  readonly image: { readonly reference: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly creationDate: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
}

interface Status {
  readonly state: "stopped" | "running";
  readonly startedDate?: string;
  readonly processId?: number;
}

// === what there is

const place = (...names: readonly string[]) => join(state, ...names);
const readJson = <Value>(path: string): Value => JSON.parse(readFileSync(path, "utf8"));
const writeJson = (path: string, value: unknown) => {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
};
const print = (text: string) => process.stdout.write(`${text}\n`);

/** Folders whose names begin with a dot are of containers that are not there yet, or no more. */
const containerNames = () => readdirSync(place("containers")).filter((name) => !name.startsWith("."));
const hasContainer = (name: string) => containerNames().includes(name);
const configurationOf = (name: string) => readJson<Configuration>(place("containers", name, "config.json"));
const statusOf = (name: string) => readJson<Status>(place("containers", name, "status.json"));
const images = () => readJson<Record<string, object>>(place("images.json"));

function requireContainer(name: string): string {
  if (!hasContainer(name)) throw refuse("notFound", `container with ID ${name} not found`);
  return name;
}

/** What is read of a container, unless another program removes it meanwhile. */
function unlessRemoved<Value>(name: string, read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (hasContainer(name)) throw error;
    return undefined;
  }
}

async function untilStopped(name: string, milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await delay(20)) {
    if (unlessRemoved(name, () => statusOf(name))?.state !== "running") return true;
  }
  return false;
}

function send(processId: number | undefined, signal: NodeJS.Signals): void {
  try {
    process.kill(processId as number, signal);
  } catch {
    // It has ended.
  }
}

// === commands

function create(words: readonly string[]): void {
  const parsed = parseWords(words, {
    flags: ["--interactive", "--init", "--read-only"],
    values: [
      ...["--name", "--platform", "--cpus", "--memory", "--cap-add", "--cap-drop", "--network", "--tmpfs"],
      ...["--dns", "--env-file", "--label", "--entrypoint"],
    ],
    passesRest: true,
  });
  const { values, rest } = parsed;
  const [image, ...more] = rest;
  if (image === undefined) throw misuse("Missing expected argument '<image>'");
  const first = (name: string) => values.get(name)?.[0];
  const name = first("--name") ?? "";
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw refuse("invalidArgument", `container ID ${name} is not a valid container ID`);
  }
  const cpus = first("--cpus");
  if (!/^\d+$/.test(cpus ?? "")) throw misuse(`The value '${cpus}' is invalid for '--cpus <cpus>'`);
  const [, size, unit] = /^(\d+)([KMGTP])$/.exec(first("--memory") ?? "") ?? [];
  if (size === undefined) throw refuse("invalidArgument", "invalid memory size");
  const bytes = Number(size) * 1024 ** (" KMGTP".indexOf(unit as string) as number);
  const labels = parsePairs(values.get("--label") ?? []);
  for (const capability of [...(values.get("--cap-add") ?? []), ...(values.get("--cap-drop") ?? [])]) {
    if (!/^(?:ALL|(?:CAP_)?[A-Z_]+)$/i.test(capability))
      throw refuse("invalidArgument", "unknown capability");
  }
  if (!(image in images())) throw refuse("internalError", "failed to pull (connection refused)");
  if (hasContainer(name)) throw refuse("exists", `container already exists: ${name}`);
  if (bytes < 200 * mebibyte) {
    throw refuse("invalidArgument", `minimum memory amount allowed is 200 MiB (got ${bytes} bytes)`);
  }
  const networks = values.get("--network") ?? ["default"];
  for (const network of networks) {
    if (network !== "default" && !existsSync(place("networks", `${network}.json`))) {
      throw refuse("notFound", `network ${network} not found`);
    }
  }
  const lines = (values.get("--env-file") ?? []).flatMap((path) => readFileSync(path, "utf8").split("\n"));
  const environment = Object.fromEntries(
    lines
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  const entrypoint = first("--entrypoint");
  const configuration: Configuration = {
    id: name,
    image: { reference: image },
    labels,
    creationDate: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    words: [...(entrypoint === undefined ? [] : [entrypoint]), ...more],
    environment,
    networks,
  };
  const folder = place("containers", `.${name}`);
  mkdirSync(folder);
  writeJson(join(folder, "config.json"), configuration);
  writeJson(join(folder, "status.json"), { state: "stopped" } satisfies Status);
  renameSync(folder, place("containers", name));
  print(name);
}

async function start(words: readonly string[]): Promise<number> {
  const parsed = parseWords(words, { flags: ["--attach", "--interactive"] });
  const name = requireContainer(single(parsed));
  const folder = place("containers", name);
  if (statusOf(name).state === "running") {
    throw refuse("invalidArgument", "attach is currently unsupported on already running containers");
  }
  await delay(bootMilliseconds);
  if (configurationOf(name).words[0] === "/missing") {
    throw refuse("internalError", "failed to find target executable /missing");
  }
  const machine = spawn(process.execPath, [fileURLToPath(import.meta.url), "machine", name], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  machine.unref();
  machine.stdin.on("error", () => {});
  process.stdin.pipe(machine.stdin);
  for (let position = 0; ; await delay(20)) {
    const isOver = existsSync(join(folder, "exit"));
    const log = existsSync(join(folder, "log")) ? readFileSync(join(folder, "log")) : Buffer.alloc(0);
    process.stdout.write(log.subarray(position));
    position = log.length;
    if (isOver) return Number(readFileSync(join(folder, "exit"), "utf8"));
    if (!existsSync(folder)) throw refuse("interrupted", "XPC connection error: Connection interrupted");
  }
}

/** The virtual machine: it outlives the program that started it. */
function runMachine(name: string): void {
  const folder = place("containers", name);
  const { words, environment } = configurationOf(name);
  const [program = "", ...rest] = words;
  const log = openSync(join(folder, "log"), "a");
  const child = spawn(program, rest, {
    detached: true,
    stdio: ["inherit", log, log],
    env: { PATH: process.env.PATH, ...environment },
  });
  const startedDate = new Date().toISOString();
  const status = { state: "running", startedDate, processId: child.pid as number } as const;
  writeJson(join(folder, "status.json"), status satisfies Status);
  child.on("exit", (exitCode, signal) => {
    if (!existsSync(folder)) return;
    writeJson(join(folder, "exit"), exitCode ?? 128 + constants.signals[signal as NodeJS.Signals]);
    writeJson(join(folder, "status.json"), { state: "stopped", startedDate } satisfies Status);
  });
}

async function stop(words: readonly string[]): Promise<void> {
  const parsed = parseWords(words, { values: ["--time", "--signal"], flags: [] });
  const name = single(parsed);
  if (!hasContainer(name)) throw new Refusal(`Error: No such container: ${name}`);
  const seconds = parsed.values.get("--time")?.[0] ?? "5";
  if (!/^\d+$/.test(seconds)) throw misuse(`The value '${seconds}' is invalid for '--time <time>'`);
  const { state, processId } = statusOf(name);
  if (state === "running") {
    send(processId, "SIGTERM");
    if (!(await untilStopped(name, Number(seconds) * 1000))) send(-(processId as number), "SIGKILL");
    await untilStopped(name, 5_000);
  }
  print(name);
}

async function kill(words: readonly string[]): Promise<void> {
  const name = single(parseWords(words, { values: ["--signal"] }));
  if (!hasContainer(name)) throw new Refusal(`Error: No such container: ${name}`);
  const { state, processId } = statusOf(name);
  if (state === "stopped") {
    throw new Refusal("Error from APIServer: no runtime client exists: container is stopped");
  }
  send(-(processId as number), "SIGKILL");
  await untilStopped(name, 5_000);
  print(name);
}

async function remove(words: readonly string[]): Promise<void> {
  const parsed = parseWords(words, { flags: ["--force"] });
  const name = requireContainer(single(parsed));
  const { state, processId } = statusOf(name);
  if (state === "running") {
    if (!parsed.flags.has("--force")) {
      throw refuse("invalidState", `container ${name} is running and can not be deleted`);
    }
    send(-(processId as number), "SIGKILL");
    await untilStopped(name, 5_000);
  }
  const gone = place("containers", `.${name}-${process.pid}`);
  renameSync(place("containers", name), gone);
  rmSync(gone, { recursive: true });
  print(name);
}

function list(words: readonly string[]): void {
  const { flags, values } = parseWords(words, { flags: ["--all"], values: ["--format"] });
  if (values.get("--format")?.[0] !== "json") throw misuse("this stand-in prints JSON only");
  const found = containerNames().flatMap((id) => {
    const read = () => ({ configuration: configurationOf(id), status: statusOf(id) });
    const container = unlessRemoved(id, read);
    if (container === undefined) return [];
    const { processId: _, ...status } = container.status;
    return [{ id, configuration: container.configuration, status: { ...status, networks: [] } }];
  });
  print(JSON.stringify(found.filter(({ status }) => flags.has("--all") || status.state === "running")));
}

function logs(words: readonly string[]): void {
  const name = requireContainer(single(parseWords(words, {})));
  const path = place("containers", name, "log");
  if (!existsSync(path)) throw refuse("internalError", "failed to open container logs");
  // The real one takes the line ends of both sides away, too.
  print(readFileSync(path, "utf8").replace(/^\n+|\n+$/g, ""));
}

function stats(words: readonly string[]): void {
  const parsed = parseWords(words, { flags: ["--no-stream"], values: ["--format"] });
  const id = single(parsed);
  if (!hasContainer(id)) throw refuse("notFound", `no such container: ${id}`);
  const isRunning = statusOf(id).state === "running";
  const use = { id, cpuUsageUsec: 120_000, memoryUsageBytes: 12_345_678, memoryLimitBytes: 268_435_456 };
  print(JSON.stringify(isRunning ? [{ ...use, numProcesses: 2 }] : []));
}

function image(words: readonly string[]): unknown {
  const [command, ...rest] = words;
  const known = images();
  switch (command) {
    case "inspect": {
      const reference = single(parseWords(rest, {}));
      if (!(reference in known)) {
        throw new Refusal(
          `Error: InspectError(succeeded: [], failed: [("${reference}", notFound: "Image not found")])`,
        );
      }
      return print(JSON.stringify([known[reference]]));
    }
    case "pull": {
      const reference = single(parseWords(rest, { values: ["--platform"] }));
      if (reference in known) return print(reference);
      throw new Refusal(`Error: internalError: "failed to pull ${reference}" (cause: "connection refused")`);
    }
    case "delete": {
      const reference = single(parseWords(rest, {}));
      if (!(reference in known)) {
        throw refuse("internalError", `failed to delete one or more images: [${reference}]`);
      }
      const { [reference]: _, ...left } = known;
      return writeJson(place("images.json"), left);
    }
    default:
      throw misuse(`Unexpected argument '${command}'`);
  }
}

function network(words: readonly string[]): unknown {
  // Before macOS 26 there are none.
  if (existsSync(place("old-macos"))) throw misuse("Unexpected argument 'network'");
  const [command, ...rest] = words;
  switch (command) {
    case "create": {
      const parsed = parseWords(rest, { values: ["--label"] });
      const id = single(parsed);
      if (!/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/.test(id)) {
        throw refuse("invalidArgument", `invalid network ID: ${id}`);
      }
      if (existsSync(place("networks", `${id}.json`))) throw refuse("exists", `network ${id} already exists`);
      const labels = parsePairs(parsed.values.get("--label") ?? []);
      writeJson(place("networks", `${id}.json`), { id, configuration: { name: id, labels }, status: {} });
      return print(id);
    }
    case "delete": {
      const id = single(parseWords(rest, {}));
      if (!existsSync(place("networks", `${id}.json`))) {
        throw refuse("notFound", `failed to delete one or more networks: ["${id}"]`);
      }
      return rmSync(place("networks", `${id}.json`));
    }
    case "list": {
      parseWords(rest, { values: ["--format"] });
      return print(
        JSON.stringify(readdirSync(place("networks")).map((file) => readJson(place("networks", file)))),
      );
    }
    default:
      throw misuse(`Unexpected argument '${command}'`);
  }
}

function system(words: readonly string[]): unknown {
  const [command, ...rest] = words;
  if (command === "status") {
    if (!existsSync(place("services"))) {
      throw new Refusal("apiserver is not running and not registered with launchd");
    }
    return print("status  running");
  }
  if (command !== "start") throw misuse(`Unexpected argument '${command}'`);
  const { flags } = parseWords(rest, { flags: ["--enable-kernel-install"] });
  if (!flags.has("--enable-kernel-install")) throw refuse("internalError", "failed to read user input");
  return writeFileSync(place("services"), "");
}

async function main(words: readonly string[]): Promise<number> {
  const [command = "", ...rest] = words;
  if (command === "machine") {
    runMachine(single(parseWords(rest, {})));
    return -1;
  }
  appendFileSync(place("calls"), `${JSON.stringify(words)}\n`);
  if (command === "--version") {
    const version = existsSync(place("version")) ? readFileSync(place("version"), "utf8") : "1.0.0";
    print(`container CLI version ${version} (build: release, commit: 0000000)`);
    return 0;
  }
  if (command !== "system" && !existsSync(place("services"))) {
    const hint = "Ensure container system service has been started with `container system start`.";
    throw refuse("interrupted", `XPC connection error: Connection invalid\n${hint}`);
  }
  if (command === "start") return start(rest);
  const commands = { create, stop, kill, delete: remove, list, logs, stats, image, network, system };
  const known = commands[command as keyof typeof commands];
  if (known === undefined) throw misuse(`Unexpected argument '${command}'`);
  await known(rest);
  return 0;
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    if (exitCode >= 0) process.exitCode = exitCode;
    // What is left to read of the standard input is nobody's.
    if (exitCode >= 0) process.stdin.destroy();
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Refusal ? error.message : String(error)}\n`);
    process.exitCode = error instanceof Refusal ? error.exitCode : 70;
    process.stdin.destroy();
  },
);
