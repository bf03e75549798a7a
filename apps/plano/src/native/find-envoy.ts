import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { envoyOverride, homeFolder } from "../environment.ts";
import release from "./envoy-release.json" with { type: "json" };

/**
 * The Envoy that is here: the one that is asked for, the project's own, or the one kept in `~/.plano/bin`; undefined
 * if there is none. Throws an AppError where the one that is asked for is no program.
 */
export function findEnvoy(asked: string | undefined, context: Context): string | undefined {
  const { environment, currentFolder, programFolder } = context;
  const named = asked ?? envoyOverride(environment);
  if (named !== undefined) {
    const path = resolve(currentFolder, named);
    if (isProgram(path)) return path;
    const by = asked === undefined ? "PLANO_ENVOY" : "--envoy";
    throw new AppError(`${by} names no program: ${path}`, { code: "no-envoy" });
  }
  const kept = keptEnvoy(context);
  const tools = join(programFolder, "..", "..", ".tools");
  const places = [...installedBelow(tools), ...(isPinned(kept) ? [kept.program] : [])];
  return places.find(isProgram);
}

/** Where an Envoy that was downloaded is kept, with its version beside it. */
interface KeptEnvoy {
  readonly folder: string;
  readonly program: string;
  readonly versionFile: string;
}

export function keptEnvoy({ environment }: Context): KeptEnvoy {
  const folder = join(homeFolder(environment), ".plano", "bin");
  return { folder, program: join(folder, "envoy"), versionFile: join(folder, "envoy.version") };
}

function installedBelow(tools: string): string[] {
  if (!existsSync(tools)) return [];
  const folders = readdirSync(tools).filter((name) => name === `envoy-${release.version}`);
  return folders.map((name) => join(tools, name, "envoy"));
}

/** Another version than the one that the filters are tested with is not used. */
function isPinned({ versionFile }: KeptEnvoy): boolean {
  if (!existsSync(versionFile)) return false;
  return readFileSync(versionFile, "utf8").trim().replace(/^v/, "") === release.version;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
