import type { Runtime } from "./runtime.ts";

/** A runtime that is made when it is first used, so that a program need not wait for its libraries at the start. */
export function createLazyRuntime(name: string, make: () => Promise<Runtime>): Runtime {
  let made: Promise<Runtime> | undefined;
  const get = () => {
    made ??= make();
    return made;
  };
  return {
    name,
    engine: async (signal) => (await get()).engine(signal),
    image: async (reference, signal) => (await get()).image(reference, signal),
    pull: async (reference, signal) => (await get()).pull(reference, signal),
    importImage: async (reference, tar, signal) => (await get()).importImage(reference, tar, signal),
    removeImage: async (reference, signal) => (await get()).removeImage(reference, signal),
    createNetwork: async (network, labels, signal) => (await get()).createNetwork(network, labels, signal),
    removeNetwork: async (network, signal) => (await get()).removeNetwork(network, signal),
    listNetworks: async (label, value, signal) => (await get()).listNetworks(label, value, signal),
    create: async (spec, signal) => (await get()).create(spec, signal),
    start: async (container, input, signal) => (await get()).start(container, input, signal),
    list: async (label, value, signal) => (await get()).list(label, value, signal),
    async *output(container, signal) {
      yield* (await get()).output(container, signal);
    },
    wait: async (container, signal) => (await get()).wait(container, signal),
    stats: async (container, signal) => (await get()).stats(container, signal),
    stop: async (container, graceSeconds, signal) => (await get()).stop(container, graceSeconds, signal),
    kill: async (container, signal) => (await get()).kill(container, signal),
    remove: async (container, signal) => (await get()).remove(container, signal),
  };
}
