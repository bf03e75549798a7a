export {
  type DockerEngine,
  findDockerEngine,
  importIntoDocker,
  startDockerEngine,
} from "./engines/docker-engine.ts";
export { probeImage, probeImageTar } from "./engines/probe-image.ts";
export type { CommentData, GithubData, PullRequestData, ThreadData } from "./github/data.ts";
export { type FakeGithub, type GithubFault, startFakeGithub } from "./github/fake-github.ts";
