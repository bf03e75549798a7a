import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { createLaunchd } from "./launchd.ts";
import type { ServiceManager } from "./service-manager.ts";
import { createSystemd } from "./systemd.ts";

/** The manager of services of this platform. Throws an AppError where there is none that is known. */
export function chooseManager(context: Context, command: string): ServiceManager {
  const manager = findManager(context);
  if (manager !== undefined) return manager;
  throw new AppError(`runner ${command} not supported on ${context.platform}`, {
    code: "unsupported-platform",
    hint: "Run it in a terminal, or under a supervisor of your own: plan42 runner exec",
  });
}

/** The manager of services of this platform, or undefined where there is none that is known. */
export function findManager({ platform, environment, execute }: Context): ServiceManager | undefined {
  const home = environment.HOME || homedir();
  const { uid, username } = userInfo();
  if (platform === "darwin") return createLaunchd({ execute, home, userId: uid });
  if (platform === "linux") {
    const { XDG_CONFIG_HOME: folder } = environment;
    const configFolder = folder && isAbsolute(folder) ? folder : join(home, ".config");
    return createSystemd({ execute, configFolder, userName: username });
  }
  return undefined;
}
