import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { AppError, describeCause } from "@plano/errors";

/** Where the files of a running gateway are, below the home folder. */
export interface RunFiles {
  readonly root: string;
  readonly run: string;
  readonly logs: string;
  readonly defaultConfig: string;
  readonly renderedConfig: string;
  /** What the data plane tells of its configuration. */
  readonly configState: string;
  /** Where it takes another one, if the path is short enough; see placeControlSocket. */
  readonly controlSocket: string;
  readonly pidFile: string;
  readonly lockFile: string;
  readonly dataPlaneLog: string;
  readonly envoyBootstrap: string;
  /** Holds a folder for each run: Envoy watches what brightstaff writes there. */
  readonly envoyDiscovery: string;
  /** How brightstaff runs Envoy. */
  readonly envoySettings: string;
  readonly envoyPid: string;
  readonly envoyLog: string;
  readonly caFile: string;
  /** What is known of the collector of traces in the background, and its log. */
  readonly traceListener: string;
  readonly traceLog: string;
  /** Which local-agent providers the operator has acknowledged on this machine. */
  readonly localAgentAck: string;
}

export function runFiles(home: string): RunFiles {
  const root = join(home, ".plano");
  const run = join(root, "run");
  const logs = join(run, "logs");
  return {
    root,
    run,
    logs,
    defaultConfig: join(root, "default_config.yaml"),
    renderedConfig: join(run, "arch_config_rendered.yaml"),
    configState: join(run, "config_state.json"),
    controlSocket: join(run, "control.sock"),
    pidFile: join(run, "plano.pid"),
    lockFile: join(run, "plano.lock"),
    dataPlaneLog: join(logs, "brightstaff.log"),
    envoyBootstrap: join(run, "envoy.yaml"),
    envoyDiscovery: join(run, "envoy"),
    envoySettings: join(run, "envoy.json"),
    envoyPid: join(run, "envoy.pid"),
    envoyLog: join(logs, "envoy.log"),
    caFile: join(run, "ca.pem"),
    traceListener: join(run, "trace_listener.pid"),
    traceLog: join(run, "trace_listener.log"),
    localAgentAck: join(root, "state", "local_agent_ack.json"),
  };
}

/**
 * Makes the folders, readable by their owner only. Throws an AppError where the home cannot be written.
 * The home itself must be there: Node's recursive mkdir never returns in a folder such as /proc.
 */
export function createRunFolders(files: RunFiles): void {
  for (const folder of [files.root, files.run, files.logs]) makePrivateFolder(folder);
}

/** Makes a folder in one that is there; only its owner may look into it. Throws an AppError where that is not possible. */
export function makePrivateFolder(folder: string): void {
  try {
    makeFolder(folder);
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw cannotWrite(folder, cause);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw cause;
  }
}

/** Replaces a file in one step; nobody but the owner can read it, and no reader sees half of it. */
export function writePrivateFile(path: string, content: string): void {
  const temporary = temporaryBeside(path);
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: "wx" });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cannotWrite(path, cause);
  }
}

/** Replaces a file of the user's in one step; who may read it stays as it is. */
export function replaceFile(path: string, content: string): void {
  // A link stays a link to the file that changes.
  const target = realpathSync(path);
  const temporary = temporaryBeside(target);
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: "wx" });
    chmodSync(temporary, statSync(target).mode & 0o777);
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new AppError(`cannot write ${path}: ${describeCause(cause)}`, { code: "write-failed", cause });
  }
}

/** Hands on the path of a private file beside `path`, which is there until `use` has settled. */
export async function withTemporaryFile(
  path: string,
  content: string,
  use: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    writePrivateFile(temporary, content);
    await use(temporary);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${randomBytes(6).toString("hex")}.tmp`);
}

/**
 * Opens an empty log. An instance that is still draining keeps the file it began with,
 * so the old file is taken away rather than emptied.
 */
export function openFreshLog(path: string): number {
  try {
    rmSync(path, { force: true });
    return openSync(path, "ax", 0o600);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}

/** A file's text, or undefined if there is no such file. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new AppError(`cannot read ${path}: ${describeCause(cause)}`, { code: "read-failed", cause });
  }
}

function cannotWrite(path: string, cause: unknown): AppError {
  return new AppError(`cannot write ${path}: ${describeCause(cause)}`, {
    code: "write-failed",
    cause,
    hint: "Run-time files are kept in ~/.plano. Set HOME to a folder that may be written to.",
  });
}
