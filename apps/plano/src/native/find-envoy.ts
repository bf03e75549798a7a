import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { envoyOverride, homeFolder } from "../environment.ts";

/** The release that the filters and the rendered configuration are tested with. */
const envoyVersion = "1.40.0";

/**
 * The Envoy to run: the one that is asked for, the project's own, or the one kept in `~/.plano/bin`. Throws an
 * AppError that says where it was looked for and how to get one.
 */
export function findEnvoy(asked: string | undefined, context: Context): string {
  const { environment, currentFolder, programFolder } = context;
  const named = asked ?? envoyOverride(environment);
  if (named !== undefined) {
    const path = resolve(currentFolder, named);
    if (isProgram(path)) return path;
    const by = asked === undefined ? "PLANO_ENVOY" : "--envoy";
    throw new AppError(`${by} names no program: ${path}`, { code: "no-envoy" });
  }
  const kept = join(homeFolder(environment), ".plano", "bin");
  const tools = join(programFolder, "..", "..", ".tools");
  const places = [...installedBelow(tools), join(kept, "envoy")];
  const found = places.find((place) => isProgram(place) && isPinned(place, kept));
  if (found !== undefined) return found;
  throw new AppError("native mode needs Envoy, and there is none", {
    code: "no-envoy",
    hint: [
      `Get Envoy ${envoyVersion} from https://www.envoyproxy.io/docs/envoy/latest/start/install, then`,
      "name it with --envoy PATH or in PLANO_ENVOY. Without Envoy: planoai up.",
    ].join("\n"),
  });
}

function installedBelow(tools: string): string[] {
  if (!existsSync(tools)) return [];
  const folders = readdirSync(tools).filter((name) => name === `envoy-${envoyVersion}`);
  return folders.map((name) => join(tools, name, "envoy"));
}

/** What is kept in the home folder has its version beside it; another one is not used. */
function isPinned(place: string, kept: string): boolean {
  if (!place.startsWith(kept)) return true;
  const file = join(kept, "envoy.version");
  return existsSync(file) && readFileSync(file, "utf8").trim().replace(/^v/, "") === envoyVersion;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
