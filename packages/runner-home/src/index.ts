export { type ParseConfigOptions, parseConfig } from "./config/parse-config.ts";
export { badConfigExitCode, type ReadConfigOptions, readConfig } from "./config/read-config.ts";
export type {
  ConfigProblem,
  ConfigResult,
  GithubConnectionConfig,
  RunnerConfig,
  RuntimeName,
} from "./config/runner-config.ts";
export { type ControlClient, createControlClient } from "./control/client.ts";
export type { JobStatus, KillResult, QueueStatus, RunnerStatus } from "./control/protocol.ts";
export { type FolderVariables, jobLogFile, type RunnerFolders, runnerFolders } from "./folders.ts";
export { parseDuration } from "./units.ts";
export { forgetUsedImage, listUsedImages, noteUsedImage, type UsedImage } from "./used-images.ts";
