export {
  type DockerEngine,
  type DockerEngineOptions,
  findDockerEngine,
  hostAddress,
  importIntoDocker,
  startDockerEngine,
} from "./engines/docker-engine.ts";
export { probeImage, probeImageTar } from "./engines/probe-image.ts";
export type { CommentData, GithubData, PullRequestData, ThreadData } from "./github/data.ts";
export { type FakeGithub, type GithubFault, startFakeGithub } from "./github/fake-github.ts";
export { type FakePlan42, type FakePlan42Options, startFakePlan42 } from "./service/fake-plan42.ts";
export type { ServiceFault } from "./service/faults.ts";
export { type Invocation, type InvokeOptions, prepareInvocation } from "./service/invoke.ts";
export { fakeToken } from "./service/tokens.ts";
