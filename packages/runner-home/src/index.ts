export { isUnknownKey } from "./config/fields.ts";
export { defaultDiskMinFree, type ParseConfigOptions, parseConfig } from "./config/parse-config.ts";
export {
  badConfigExitCode,
  describeProblem,
  type FoundConfig,
  findConfig,
  isOpenToOthers,
  type LocalConfig,
  machineOptions,
  missingVariables,
  type ReadConfigOptions,
  readConfig,
  readLocalConfig,
  type UsableConfig,
  usableConfig,
} from "./config/read-config.ts";
export { takeOver } from "./config/restart-keys.ts";
export type {
  ConfigProblem,
  ConfigResult,
  GithubConnectionConfig,
  ModelAccess,
  RunnerConfig,
  RuntimeName,
} from "./config/runner-config.ts";
export { networkRefusal, platformRefusal, type RuntimeRefusal } from "./config/runtime-limits.ts";
export { isSecretKey, variableOf } from "./config/secrets.ts";
export { isServerUrl, urlWarning } from "./config/server-url.ts";
export {
  describeTomlError,
  readWrittenConfig,
  type WrittenConfig,
  type WrittenConnection,
} from "./config/written-config.ts";
export { type ControlClient, createControlClient } from "./control/client.ts";
export {
  type DiskStatus,
  type JobStatus,
  type JobUsage,
  type KillResult,
  type QueueStatus,
  type RunnerStatus,
  type RunnerUsage,
  unauthorised,
} from "./control/protocol.ts";
export {
  expandHome,
  type FolderVariables,
  jobLogFile,
  type RunnerFolders,
  runnerFolders,
  secondRunnerHint,
} from "./folders.ts";
export { journalEndings, leaveKill, listRecordedJobs, type RecordedJob } from "./job-records.ts";
export { readDisk } from "./read-disk.ts";
export { parseDuration } from "./units.ts";
export { forgetUsedImage, listUsedImages, noteUsedImage, type UsedImage } from "./used-images.ts";
