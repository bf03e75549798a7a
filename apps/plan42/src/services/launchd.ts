import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@plano/errors";
import { numberOf, renderPlist, wordAfter } from "./plist.ts";
import type {
  Execute,
  ServiceDefinition,
  ServiceEnd,
  ServiceManager,
  ServiceState,
} from "./service-manager.ts";
import { readDefinition, writeDefinition } from "./write-definition.ts";

const label = "ai.plan42.runner";
/** What `launchctl bootstrap` ends with while the service before is on its way out. */
const inputOutputError = 5;
const notLoaded: ServiceState = {
  phase: "stopped",
  pid: undefined,
  lastExitCode: undefined,
  lastSignal: undefined,
  restarts: undefined,
};

export interface LaunchdOptions {
  readonly execute: Execute;
  readonly home: string;
  readonly userId: number;
  /** Between two looks at a service that is to end. Default 250. */
  readonly pollMilliseconds?: number;
}

/** The agents of a user's session on macOS. */
export function createLaunchd(options: LaunchdOptions): ServiceManager {
  const { execute, home, userId, pollMilliseconds = 250 } = options;
  const file = join(home, "Library", "LaunchAgents", `${label}.plist`);
  const domain = `gui/${userId}`;
  const target = `${domain}/${label}`;
  const launchctl = (...words: readonly string[]) => execute("launchctl", words);

  /** What launchd knows of the service; undefined if it is not loaded. */
  const loaded = async (): Promise<string | undefined> => {
    const { code, stdout, stderr } = await launchctl("print", target);
    if (code === 127) throw noLaunchd();
    return code === 0 && !`${stdout}${stderr}`.includes("Could not find service ") ? stdout : undefined;
  };

  const stopSeconds = () => numberOf("ExitTimeOut", readDefinition(file));
  /** A service that drains stays until its jobs are done, or launchd's patience is over. */
  const unload = async (limitSeconds: number): Promise<ServiceEnd> => {
    const text = await loaded();
    if (text === undefined) return "not-running";
    const start = Date.now();
    await launchctl("bootout", domain, file);
    const deadline = start + limitSeconds * 1000;
    while ((await loaded()) !== undefined) {
      if (Date.now() >= deadline) throw failure(`it has not stopped after ${limitSeconds} s`);
      await sleep(pollMilliseconds);
    }
    // It is not known any more, but a runner by itself never takes that long.
    const patience = (stopSeconds() ?? Number.POSITIVE_INFINITY) * 1000;
    return parsePrint(text).pid !== undefined && Date.now() - start >= patience ? "killed" : "ended";
  };
  return {
    name: "launchd",
    file,
    state: async () => {
      const text = await loaded();
      if (text !== undefined) return parsePrint(text);
      return existsSync(file) ? notLoaded : { ...notLoaded, phase: "not enabled" };
    },
    enable: async (definition) => {
      writeDefinition(file, renderAgent(definition));
      await unload(definition.stopSeconds);
      await launchctl("enable", target);
      for (let attempt = 1; ; attempt += 1) {
        const { code, stderr } = await launchctl("bootstrap", domain, file);
        if (code === 0) return;
        if (code === 127) throw noLaunchd();
        if (code !== inputOutputError || attempt === 20) throw failure(stderr.trim());
        await sleep(pollMilliseconds);
      }
    },
    stop: () => unload(Number.POSITIVE_INFINITY),
    disable: async () => {
      const end = await unload(Number.POSITIVE_INFINITY);
      await launchctl("disable", target);
      const wasThere = existsSync(file);
      rmSync(file, { force: true });
      return end !== "not-running" || wasThere ? end : undefined;
    },
    stopSeconds,
    configFile: () => wordAfter("--config-file", readDefinition(file)),
    advice: async () => [],
  };
}

/** The agent's property list. */
function renderAgent({ command, logFile, stopSeconds, environment }: ServiceDefinition): string {
  return renderPlist({
    Label: label,
    ProgramArguments: command,
    RunAtLoad: true,
    // A runner that was stopped in order stays so.
    KeepAlive: { SuccessfulExit: false },
    ExitTimeOut: stopSeconds,
    StandardErrorPath: logFile,
    StandardOutPath: logFile,
    ThrottleInterval: 30,
    ProcessType: "Background",
    EnvironmentVariables: environment,
  });
}

function parsePrint(text: string): ServiceState {
  const field = (name: string) => new RegExp(`^\\s*${name} = (.+)$`, "m").exec(text)?.[1];
  const number = (value: string | undefined) => (/^\d+$/.test(value ?? "") ? Number(value) : undefined);
  const phase = field("state");
  // Such as `Killed: 9`.
  const lastSignal = number(field("last terminating signal")?.split(": ").at(-1));
  const lastExitCode = lastSignal === undefined ? number(field("last exit code")?.split(":")[0]) : undefined;
  return {
    phase: phase === "running" ? "running" : lastExitCode || lastSignal ? "failed" : "stopped",
    pid: number(field("pid")),
    lastExitCode,
    lastSignal,
    restarts: undefined,
  };
}

function failure(words: string): AppError {
  return new AppError(`launchd: ${words}`, {
    code: "service-failed",
    hint: `launchctl print gui/$(id -u)/${label} tells what it knows of the service.`,
  });
}

function noLaunchd(): AppError {
  return new AppError("there is no launchctl on this machine", {
    code: "no-service-manager",
    hint: "Run it in a terminal, or under a supervisor of your own: plan42 runner exec",
  });
}
