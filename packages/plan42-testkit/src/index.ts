export {
  type DockerEngine,
  findDockerEngine,
  importIntoDocker,
  startDockerEngine,
} from "./engines/docker-engine.ts";
export { probeImage, probeImageTar } from "./engines/probe-image.ts";
