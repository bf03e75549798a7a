/** How the daemon is to behave, with all defaults put in. Times are in milliseconds, sizes in bytes. */
export interface RunnerConfig {
  /** Base of the API. */
  readonly url: string;
  readonly token: string;
  readonly skipSslVerify: boolean;
  /** PEM file of authorities that are trusted besides the usual ones. */
  readonly caFile: string | undefined;
  /** Proxy for the API and GitHub, in place of the environment's. */
  readonly httpProxy: string | undefined;
  readonly runtime: RuntimeName;
  readonly github: readonly GithubConnectionConfig[];
  readonly models: ModelAccess;
  readonly maxJobs: number;
  readonly maxQueues: number;
  readonly jobTimeout: number;
  readonly idleTimeout: number;
  readonly shutdownTimeout: number;
  /** What becomes of jobs that outlast the shutdown: left to the next start, or stopped. */
  readonly onShutdown: "leave" | "stop";
  /** Between asking a job to end and ending it. */
  readonly stopGrace: number;
  readonly cpus: number;
  readonly memory: number;
  readonly pids: number;
  /** Whether agents may write to /tmp only. */
  readonly readOnlyRoot: boolean;
  readonly pullPolicy: "always" | "if-not-present" | "never";
  /** Globs; empty allows all. */
  readonly allowedImages: readonly string[];
  readonly network: "isolated" | "default";
  readonly labels: Readonly<Record<string, string>>;
  /** `HOST:PORT` for `/metrics`, `/healthz` and `/readyz`; undefined serves none. */
  readonly metricsListen: { readonly host: string; readonly port: number } | undefined;
  /** Where traces are sent by OTLP over HTTP; empty sends none, unless the environment says so. */
  readonly otlpEndpoint: string;
  readonly logMaxSize: number;
  /** How much of a job's log the turn may get from the runner. */
  readonly logUploadMaxSize: number;
  readonly logRetentionDays: number;
  /** How much the logs of ended jobs may take in all; 0 is no limit. */
  readonly logRetentionSize: number;
  /** How much the images that jobs ran in may take in all; 0 is no limit. */
  readonly imageRetentionSize: number;
  readonly diskMinFree: number;
}

export type RuntimeName = "docker" | "podman" | "apple";

/** A GitHub that this runner reaches for the service. */
export interface GithubConnectionConfig {
  readonly name: string;
  readonly url: string;
  readonly connectionId: string;
  readonly token: string;
}

/** How agents reach models by this machine's means. Empty texts are none. */
export interface ModelAccess {
  readonly openaiEndpoint: string;
  readonly openaiToken: string;
  readonly claudeEndpoint: string;
  readonly claudeToken: string;
  /** What stands in for a model that a task names, by that name. */
  readonly mappings: Readonly<Record<string, ModelMapping>>;
}

export interface ModelMapping {
  readonly provider: string;
  readonly model: string;
  readonly extendedContext: boolean;
}

/** Something about the file that the user should know. `path` is like `runner.max_jobs`. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
  /** Where its key is written, counted from 1, if that was looked for and found. */
  readonly line?: number;
  /** The variable that is not set, if that is what is wrong: where the runner runs it may be. */
  readonly variable?: string;
}

/** What a text says: a configuration, or all that is wrong with it. */
export type ConfigResult =
  | { readonly ok: true; readonly config: RunnerConfig; readonly warnings: readonly ConfigProblem[] }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      /** What it says if nothing but variables is missing: the secrets that they stand for are empty. */
      readonly withoutVariables?: RunnerConfig;
      readonly warnings: readonly ConfigProblem[];
    };
