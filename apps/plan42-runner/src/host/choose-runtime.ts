import { AppError } from "@plano/errors";
import type { RuntimeName } from "@plano/runner-home";
import {
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
  readonly podmanPath: string;
  /** The runner's own folder. It exists when the runtime is first used. */
  readonly folder: string;
}

/** The runtime of the configuration. The engine behind it is not asked yet. */
export function chooseRuntime(
  name: RuntimeName,
  { environment, podmanPath, folder }: RuntimeOptions,
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
      throw new AppError("this version does not run jobs with Apple's container yet", {
        code: "unsupported-runtime",
        hint: 'Set runtime = "docker" or "podman" in the [runner] section.',
        exitCode: exitCodes.badConfig,
      });
  }
}
