// Vitest's global set-up: in a mode with containers finds or starts an engine, and makes the image that is tested.
import { findDockerEngine } from "@plano/plan42-testkit";
import { isBehindEnvoy, isInContainer } from "./mode.ts";
import { repositoryFile, runPlanoai } from "./programs.ts";

/** Resolves to the function that takes the engine down again. */
export async function setup(): Promise<() => Promise<void>> {
  if (!isInContainer) return async () => {};
  const { env } = process;
  const engine = await findDockerEngine(env.DOCKER_HOST);
  if (engine === undefined)
    throw new Error("there is no Docker engine, and none can be started: that needs root");
  Object.assign(env, {
    DOCKER_HOST: engine.host,
    PLANO_DOCKER_IMAGE: isBehindEnvoy ? "plano-e2e:tested-envoy" : "plano-e2e:tested",
  });
  const environment = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const program = env.PLANO_STATIC_BRIGHTSTAFF;
  const given = program === undefined ? [] : ["--program", program];
  const kind = isBehindEnvoy ? ["--docker", "--native"] : [];
  const built = await runPlanoai(["build", ...kind, ...given], { environment, folder: repositoryFile(".") });
  if (built.exitCode !== 0) {
    await engine.stop();
    throw new Error(`planoai build ended with ${built.exitCode}:\n${built.output}`);
  }
  return () => engine.stop();
}
