import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const systemd = "/lib/systemd/systemd";
/** How often it is asked whether it is there: for a few minutes. */
const attempts = 1_500;

/** systemd's manager of a user's services, with a home folder of its own. */
export interface UserServices {
  readonly home: string;
  /** What a program needs to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

/** Whether this machine can run one: root, and systemd installed, be it in use or not. */
export function canRunUserServices(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync(systemd)) return false;
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts one, after those of other tests have ended. It believes that systemd runs the machine, which holds for its own view of the file system alone. */
export async function startUserServices(): Promise<UserServices> {
  const home = mkdtempSync(join(tmpdir(), "plan42-services-"));
  const runtime = join(home, "run");
  mkdirSync(runtime, { mode: 0o700 });
  const script = join(home, "start.sh");
  writeFileSync(
    script,
    `mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system && exec ${systemd} --user\n`,
  );
  const environment = {
    HOME: home,
    PATH: process.env.PATH ?? "",
    XDG_RUNTIME_DIR: runtime,
    LANG: "C",
  };
  // Two at once would take each other's services for their own: both name their control groups alike.
  const alone = ["--no-fork", join(tmpdir(), "plan42-user-services.lock")];
  const manager = spawn("flock", [...alone, "unshare", "--mount", "--propagation", "private", "sh", script], {
    env: { ...environment, SYSTEMD_LOG_TARGET: "null" },
    stdio: "ignore",
  });
  for (let count = 0; ; count += 1) {
    try {
      execFileSync("systemctl", ["--user", "show", "--property", "Version"], {
        env: environment,
        stdio: "pipe",
      });
      break;
    } catch (error) {
      if (count === attempts) throw error;
      await sleep(100);
    }
  }
  return {
    home,
    environment,
    end: async () => {
      await end(manager);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** It stops what it has started. */
function end(manager: ChildProcess): Promise<void> {
  if (manager.exitCode !== null || manager.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    manager.once("close", () => resolve());
    manager.kill("SIGTERM");
    setTimeout(() => manager.kill("SIGKILL"), 20_000).unref();
  });
}
