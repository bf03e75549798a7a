import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { AppError } from "@plano/errors";

/** The variables that decide where the runner's files are. */
export interface FolderVariables {
  readonly HOME?: string | undefined;
  readonly XDG_CONFIG_HOME?: string | undefined;
  readonly XDG_STATE_HOME?: string | undefined;
  readonly XDG_RUNTIME_DIR?: string | undefined;
}

/** Where the runner's files are. */
export interface RunnerFolders {
  /** The configuration file that is used when none is named. */
  readonly configFile: string;
  /** What the daemon keeps between its runs; for its owner only. */
  readonly state: string;
  /** One record for each job that has not been reported yet. */
  readonly journal: string;
  /** What containers write and how they end, where the engine does not keep it. */
  readonly containers: string;
  /** Which images jobs ran in, and when. */
  readonly images: string;
  /** One log for each job. */
  readonly jobLogs: string;
  readonly serviceLog: string;
  /** The socket by which the daemon is asked for its status. */
  readonly controlSocket: string;
}

/** How a user has two runners at a time. */
export const secondRunnerHint =
  "For a second one beside it set XDG_STATE_HOME and XDG_RUNTIME_DIR to folders of its own (Linux).";

/** The folders of this user on this platform. They need not exist. */
export function runnerFolders(variables: FolderVariables, platform: string): RunnerFolders {
  const home = homeFolder(variables);
  const configFile = join(home, ".config", "plan42-runner.toml");
  if (platform === "darwin") {
    const state = join(home, "Library", "Application Support", "ai.plan42.runner");
    const logs = join(home, "Library", "Logs", "ai.plan42.runner");
    return {
      configFile,
      state,
      journal: join(state, "journal"),
      containers: join(state, "containers"),
      images: join(state, "images"),
      jobLogs: logs,
      serviceLog: join(logs, "log.txt"),
      controlSocket: join(state, "control.sock"),
    };
  }
  const state = join(absolute(variables.XDG_STATE_HOME) ?? join(home, ".local", "state"), "plan42-runner");
  const runtime = absolute(variables.XDG_RUNTIME_DIR);
  return {
    configFile,
    state,
    journal: join(state, "journal"),
    containers: join(state, "containers"),
    images: join(state, "images"),
    jobLogs: join(state, "jobs"),
    serviceLog: join(state, "log.txt"),
    controlSocket: runtime === undefined ? join(state, "control.sock") : join(runtime, "plan42-runner.sock"),
  };
}

/** The file of a job's log. On macOS its name is the job's id, as it has always been there. */
export function jobLogFile(folders: RunnerFolders, jobId: string, platform: string): string {
  return join(folders.jobLogs, platform === "darwin" ? jobId : `${jobId}.log`);
}

/** A path in which `~/` is the user's folder. */
export function expandHome(path: string, variables: Pick<FolderVariables, "HOME">): string {
  return path.startsWith("~/") ? join(homeFolder(variables), path.slice(2)) : path;
}

/** A path without effect when it is not absolute, as the XDG specification has it. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function homeFolder({ HOME }: Pick<FolderVariables, "HOME">): string {
  if (HOME && isAbsolute(HOME)) return HOME;
  const { homedir } = userInfo();
  if (isAbsolute(homedir)) return homedir;
  throw new AppError("there is no home folder to keep the runner's files in", {
    code: "no-home",
    hint: "Set HOME to a folder that may be written to.",
  });
}
