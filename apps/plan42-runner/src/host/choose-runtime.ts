import { AppError } from "@plano/errors";
import {
  networkRefusal,
  platformRefusal,
  type RunnerConfig,
  type RuntimeName,
  type RuntimeRefusal,
} from "@plano/runner-home";
import {
  createAppleRuntime,
  createDockerRuntime,
  createLazyRuntime,
  createPodmanRuntime,
  engineAddress,
  type Runtime,
} from "@plano/runtime";
import { dockerConfigFolder, dockerVariables, type Environment } from "../environment.ts";
import { exitCodes } from "../exit-codes.ts";

interface RuntimeOptions {
  readonly environment: Environment;
  readonly platform: string;
  readonly podmanPath: string;
  readonly containerPath: string;
  /** The runner's own folder. It exists when the runtime is first used. */
  readonly folder: string;
  /** Where what containers write and how they end is kept, if the engine does not keep it. */
  readonly records: string;
}

/**
 * The runtime of the configuration. The engine behind it is not asked yet. Throws where it is none for this
 * machine, and where it cannot keep what the configuration says of the network.
 */
export function chooseRuntime(
  config: Pick<RunnerConfig, "runtime" | "network">,
  options: RuntimeOptions,
): Runtime {
  const refusal = platformRefusal(config, options.platform) ?? networkRefusal(config);
  if (refusal !== undefined) throw unsupported(refusal);
  return openRuntime(config.runtime, options);
}

/** A runtime by its name, such as the one that an earlier configuration named. */
export function openRuntime(
  name: RuntimeName,
  { environment, podmanPath, containerPath, folder, records }: RuntimeOptions,
): Runtime {
  switch (name) {
    case "docker": {
      const configFolder = dockerConfigFolder(environment);
      const address = engineAddress(dockerVariables(environment));
      return createLazyRuntime("docker", () =>
        createDockerRuntime({ address, ...(configFolder === undefined ? {} : { configFolder }) }),
      );
    }
    case "podman":
      return createPodmanRuntime({ program: podmanPath, folder });
    case "apple":
      return createAppleRuntime({ program: containerPath, folder: records, startServices: true });
  }
}

function unsupported({ message, hint }: RuntimeRefusal): AppError {
  return new AppError(message, { code: "unsupported-runtime", hint, exitCode: exitCodes.badConfig });
}
