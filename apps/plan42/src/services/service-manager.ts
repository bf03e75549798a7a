/** What a program said that was run to its end. */
export interface Executed {
  /** 127: there is no such program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without a shell. Never rejects. */
export type Execute = (program: string, words: readonly string[]) => Promise<Executed>;

/** The runner as a service. Holds no secret: whoever may read the user's files may read it. */
export interface ServiceDefinition {
  /** The program by its absolute path, and its arguments. */
  readonly command: readonly string[];
  /** Where its output goes. Its folder is there. */
  readonly logFile: string;
  /** How long it may take to stop. */
  readonly stopSeconds: number;
  /** Variables that it gets from the shell in which it was enabled. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether its children may gain rights, which a container engine without root needs. */
  readonly needsPrivileges: boolean;
}

export interface ServiceState {
  readonly phase: "running" | "restarting" | "stopping" | "stopped" | "failed" | "not enabled";
  readonly pid: number | undefined;
  /** Of its last run; undefined if there was none, none is known, or a signal ended it. */
  readonly lastExitCode: number | undefined;
  /** What ended its last run, if a signal did. */
  readonly lastSignal: number | undefined;
  /** How often it was started again after a failure; undefined where nobody counts. */
  readonly restarts: number | undefined;
}

/** How a service was stopped; `killed`: the manager had no more patience with it. */
export type ServiceEnd = "not-running" | "ended" | "killed";

/** What starts the runner with the session, and again when it fails. */
export interface ServiceManager {
  readonly name: "launchd" | "systemd";
  /** The file in which the service is described. */
  readonly file: string;
  /**
   * Describes the service, and starts it with the session and now; one that runs is let finish first. Throws an
   * `AppError` where the manager is not there or refuses.
   */
  enable(definition: ServiceDefinition): Promise<void>;
  /** Stops it until the next session, and resolves when it has ended. */
  stop(): Promise<ServiceEnd>;
  /** Stops it and takes its description away. Undefined if there was none. */
  disable(): Promise<ServiceEnd | undefined>;
  state(): Promise<ServiceState>;
  /** The configuration file that the service is described with; undefined if there is none. */
  configFile(): string | undefined;
  /** How long it may take to stop, as it is described; undefined if it is not. */
  stopSeconds(): number | undefined;
  /** What the user should know to have it run as they expect. */
  advice(): Promise<readonly string[]>;
}
