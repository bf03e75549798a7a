// Vitest's global set-up for packages whose tests run containers: finds or starts the engines once and
// tells the tests by the environment. Tests skip what is not there.
import { findDockerEngine, importIntoDocker } from "./docker-engine.ts";
import { startPodman } from "./podman-engine.ts";
import { probeImage, probeImageTar } from "./probe-image.ts";

/** Resolves to the function that takes everything down again. */
export async function setup(): Promise<() => Promise<void>> {
  const { env } = process;
  const tar = await probeImageTar();
  if (tar === undefined || env.PLAN42_TEST_ENGINES !== undefined) return async () => {};
  const docker = await findDockerEngine(env.DOCKER_HOST);
  if (docker !== undefined) {
    await importIntoDocker(docker.host, probeImage, tar);
    env.PLAN42_TEST_DOCKER = docker.host;
  }
  const podman = await startPodman(tar);
  if (podman !== undefined) {
    Object.assign(env, podman.environment);
    env.PLAN42_TEST_PODMAN = "podman";
  }
  env.PLAN42_TEST_ENGINES = [docker && "docker", podman && "podman"].filter(Boolean).join(",");
  return async () => {
    await podman?.stop();
    await docker?.stop();
  };
}
