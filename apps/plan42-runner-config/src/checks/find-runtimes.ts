import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { platformRefusal, type RuntimeName, runnerFolders } from "@plano/runner-home";
import type { Runtime } from "@plano/runtime";
import { dockerVariables, type Environment, folderVariables, searchPath } from "../environment.ts";

/** A container runtime and whether this machine has it. */
export interface FoundRuntime {
  readonly name: RuntimeName;
  readonly state: "ready" | "not-running" | "not-installed" | "other-platform";
  /** Of the engine, where it has told. */
  readonly version: string | undefined;
}

const answerMilliseconds = 5_000;

/** The runtimes that a runner knows, in the order in which a platform's users are likely to want them. */
function runtimeNames(platform: string): readonly RuntimeName[] {
  return platform === "darwin" ? ["apple", "podman", "docker"] : ["docker", "podman", "apple"];
}

export interface FindRuntimesOptions {
  readonly environment: Environment;
  readonly platform: string;
}

/** Looks for all runtimes, by their programs and by asking their engines. */
export async function findRuntimes(options: FindRuntimesOptions): Promise<readonly FoundRuntime[]> {
  return Promise.all(runtimeNames(options.platform).map((name) => findRuntime(name, options)));
}

async function findRuntime(name: RuntimeName, options: FindRuntimesOptions): Promise<FoundRuntime> {
  if (platformRefusal({ runtime: name }, options.platform) !== undefined) {
    return { name, state: "other-platform", version: undefined };
  }
  const program = findProgram(programs[name], options.environment);
  try {
    const runtime = await openRuntime(name, program, options);
    if (runtime !== undefined) {
      const { version } = await runtime.engine(AbortSignal.timeout(answerMilliseconds));
      return { name, state: "ready", version };
    }
  } catch {
    // It does not answer; whether it is installed is seen from its program.
  }
  return { name, state: program === undefined ? "not-installed" : "not-running", version: undefined };
}

const programs: Readonly<Record<RuntimeName, string>> = {
  docker: "docker",
  podman: "podman",
  apple: "container",
};

/** The runtime as the runner would use it; undefined where its program is missing. */
async function openRuntime(
  name: RuntimeName,
  program: string | undefined,
  { environment, platform }: FindRuntimesOptions,
): Promise<Runtime | undefined> {
  const runtimes = await import("@plano/runtime");
  if (name === "docker") {
    // The engine may be there without its program.
    return runtimes.createDockerRuntime({ address: runtimes.engineAddress(dockerVariables(environment)) });
  }
  if (program === undefined) return undefined;
  if (name === "podman") return runtimes.createPodmanRuntime({ program });
  const { containers } = runnerFolders(folderVariables(environment), platform);
  return runtimes.createAppleRuntime({ program, folder: containers });
}

/** The path of a program, or undefined. */
function findProgram(name: string, environment: Environment): string | undefined {
  return searchPath(environment)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
