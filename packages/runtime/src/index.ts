export { type DockerVariables, type EngineAddress, engineAddress } from "@plano/docker-engine";
export { type AppleOptions, createAppleRuntime } from "./apple/apple-runtime.ts";
export { createDockerRuntime, type DockerOptions } from "./docker/docker-runtime.ts";
export {
  createFakeRuntime,
  type FakeProgram,
  type FakeRuntime,
  type FakeRuntimeOptions,
} from "./fake/fake-runtime.ts";
export { isImageAllowed } from "./image-allow-list.ts";
export {
  formatImageReference,
  type ImageReference,
  type ImageReferenceResult,
  parseImageReference,
} from "./image-reference.ts";
export { type AllowedHost, type AllowedHostResult, parseAllowedHost } from "./isolation/allowed-hosts.ts";
export type { JobNetwork } from "./isolation/network.ts";
export {
  createJobContainers,
  type FollowOptions,
  type JobContainer,
  type JobContainers,
  type JobContainersOptions,
  type JobProgram,
  jobLabel,
  type OpenNetworkOptions,
  type Orphans,
  runnerLabel,
} from "./job-containers.ts";
export { formatJobId, type JobTurn, parseJobId } from "./job-id.ts";
export { createLazyRuntime } from "./lazy-runtime.ts";
export { type JobLog, type JobLogOptions, openJobLog } from "./logs/job-log.ts";
export { takePieces } from "./logs/pieces.ts";
export { createRedaction, type Redaction, type Redactor } from "./logs/redaction.ts";
export { createPodmanRuntime, type PodmanOptions } from "./podman/podman-runtime.ts";
export { createImagePuller, type ImagePuller, type PullOptions, type PullPolicy } from "./pull.ts";
export type {
  ContainerExit,
  ContainerLimits,
  ContainerNetwork,
  ContainerPhase,
  ContainerSpec,
  ContainerStats,
  ContainerSummary,
  EngineFacts,
  ImageFacts,
  Runtime,
} from "./runtime.ts";
export { isRuntimeFailure, pullFailure, RuntimeError, type RuntimeFailure } from "./runtime-error.ts";
