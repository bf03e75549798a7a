export { type DockerVariables, type EngineAddress, engineAddress } from "./engine-address.ts";
export { type EngineError, engineWords } from "./engine-words.ts";
export { demultiplex } from "./multiplexed-stream.ts";
export { type ContainerCreateOptions, type DockerEngine, openEngine } from "./open-engine.ts";
