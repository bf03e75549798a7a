import { existsSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { AppError } from "@plano/errors";
import type {
  Execute,
  Executed,
  ServiceDefinition,
  ServiceEnd,
  ServiceManager,
  ServiceState,
} from "./service-manager.ts";
import { readDefinition, writeDefinition } from "./write-definition.ts";

const unit = "plan42-runner.service";

export interface SystemdOptions {
  readonly execute: Execute;
  /** `XDG_CONFIG_HOME`, or what stands for it. */
  readonly configFolder: string;
  readonly userName: string;
}

/** The manager of a user's services on Linux. */
export function createSystemd({ execute, configFolder, userName }: SystemdOptions): ServiceManager {
  const file = join(configFolder, "systemd", "user", unit);
  const ask = (...words: readonly string[]) => execute("systemctl", ["--user", ...words]);
  const tell = async (...words: readonly string[]): Promise<Executed> => {
    const result = await ask(...words);
    if (result.code !== 0) throw failure(result);
    return result;
  };
  const state = async (): Promise<ServiceState> => {
    const properties = [
      ...["LoadState", "ActiveState", "SubState", "MainPID"],
      ...["ExecMainCode", "ExecMainStatus", "NRestarts"],
    ];
    return parseShow((await tell("show", unit, "--property", properties.join(","))).stdout);
  };

  return {
    name: "systemd",
    file,
    state,
    configFile: () => configFileOf(readDefinition(file)),
    stopSeconds: () => stopSecondsOf(readDefinition(file)),
    enable: async (definition) => {
      await tell("show", "--property", "Version");
      writeDefinition(file, renderUnit(definition));
      await tell("daemon-reload");
      await ask("reset-failed", unit);
      await tell("enable", unit);
      await tell("restart", unit);
    },
    stop: async () => {
      const { phase } = await state();
      if (!isInUse(phase)) return "not-running";
      await tell("stop", unit);
      return endOf(await state());
    },
    disable: async () => {
      const { phase } = await state();
      if (phase === "not enabled" && !existsSync(file)) return undefined;
      await tell("disable", "--now", unit);
      const end = isInUse(phase) ? endOf(await state()) : "not-running";
      rmSync(file, { force: true });
      await tell("daemon-reload");
      await ask("reset-failed", unit);
      return end;
    },
    advice: async () => {
      const { code, stdout } = await execute("loginctl", ["show-user", userName, "--property", "Linger"]);
      if (code !== 0 || stdout.trim() === "Linger=yes") return [];
      return [`It ends when you log out. To have it stay: loginctl enable-linger ${userName}`];
    },
  };
}

/** The unit's file. */
export function renderUnit(definition: ServiceDefinition): string {
  const { command, logFile, stopSeconds, environment, needsPrivileges } = definition;
  const variables = Object.entries(environment).map(
    ([name, value]) => `Environment=${quote(`${name}=${value}`)}`,
  );
  return [
    "[Unit]",
    "Description=Plan42 runner",
    "StartLimitIntervalSec=300",
    "StartLimitBurst=10",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${command.map((word) => quote(word.replaceAll("$", "$$$$"))).join(" ")}`,
    "ExecReload=/bin/kill -HUP $MAINPID",
    ...variables,
    "Restart=on-failure",
    "RestartSec=10",
    "RestartPreventExitStatus=78",
    "KillMode=mixed",
    `TimeoutStopSec=${stopSeconds}`,
    `StandardOutput=append:${escaped(logFile)}`,
    `StandardError=append:${escaped(logFile)}`,
    "UMask=0077",
    // An engine without root maps users by programs that gain rights.
    ...(needsPrivileges ? [] : ["NoNewPrivileges=yes"]),
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");
}

function quote(text: string): string {
  const doubled = escaped(text);
  return /^[\w@%+=:,./-]+$/.test(doubled) ? doubled : `"${doubled.replace(/["\\]/g, "\\$&")}"`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%%");
}

/** The configuration file in a unit, as `renderUnit` has written it. */
function configFileOf(text: string): string | undefined {
  const [, quoted, plain] = / --config-file (?:"((?:[^"\\]|\\.)*)"|(\S+))$/m.exec(text) ?? [];
  const written = quoted?.replace(/\\(.)/g, "$1") ?? plain;
  return written?.replaceAll("$$", "$").replaceAll("%%", "%");
}

/** The limit in a unit, as `renderUnit` has written it. */
function stopSecondsOf(text: string): number | undefined {
  const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

function isInUse(phase: ServiceState["phase"]): boolean {
  return phase === "running" || phase === "restarting" || phase === "stopping";
}

function endOf({ phase, lastSignal }: ServiceState): ServiceEnd {
  return phase === "failed" && lastSignal === constants.signals.SIGKILL ? "killed" : "ended";
}

function parseShow(text: string): ServiceState {
  const fields = new Map(
    text.split("\n").map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]),
  );
  const number = (name: string) => Number(fields.get(name) ?? 0);
  const pid = number("MainPID");
  const isKnown = fields.get("LoadState") === "loaded";
  // What waitid(2) tells: 2 and 3 are an end by a signal.
  const isSignal = number("ExecMainCode") === 2 || number("ExecMainCode") === 3;
  const status = isKnown ? number("ExecMainStatus") : undefined;
  return {
    phase: isKnown ? phaseOf(fields.get("ActiveState") ?? "", fields.get("SubState")) : "not enabled",
    pid: pid > 0 ? pid : undefined,
    lastExitCode: isSignal ? undefined : status,
    lastSignal: isSignal ? status : undefined,
    restarts: isKnown ? number("NRestarts") : undefined,
  };
}

function phaseOf(active: string, sub: string | undefined): ServiceState["phase"] {
  if (sub?.startsWith("auto-restart")) return "restarting";
  if (active === "active" || active === "activating" || active === "reloading") return "running";
  if (active === "deactivating") return "stopping";
  return active === "failed" ? "failed" : "stopped";
}

function failure({ code, stderr, stdout }: Executed): AppError {
  const words = (stderr || stdout).trim().split("\n")[0] ?? "";
  if (code === 127) {
    return new AppError("there is no systemd on this machine", {
      code: "no-service-manager",
      hint: "Run it in a terminal, or under a supervisor of your own: plan42 runner exec",
    });
  }
  if (/connect to (?:the )?(?:user scope )?bus|No medium found|XDG_RUNTIME_DIR/i.test(words)) {
    return new AppError(`the services of this user cannot be reached: ${words}`, {
      code: "no-user-bus",
      hint: [
        "A shell that su or sudo opened, or one in a container, has no session. Log in as the user itself,",
        "or run the runner without a service: plan42 runner exec",
      ].join("\n"),
    });
  }
  return new AppError(`systemd: ${words}`, {
    code: "service-failed",
    hint: "systemctl --user status plan42-runner tells what it knows of the service.",
  });
}
