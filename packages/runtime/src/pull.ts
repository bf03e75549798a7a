import { sleep, untilAborted, withDeadline } from "@plano/waiting";
import type { Runtime } from "./runtime.ts";
import { isRuntimeFailure, RuntimeError } from "./runtime-error.ts";

/** When an image is fetched: at every job, when it is not on this machine yet, or never. */
export type PullPolicy = "always" | "if-not-present" | "never";

export interface PullOptions {
  readonly policy: PullPolicy;
  /** Tries in all; only failures on the way to the registry are tried again. Default 3. */
  readonly attempts?: number;
  /** Wait before the second try, in milliseconds; it doubles. Default 1000. */
  readonly retryMilliseconds?: number;
  /** Limit for all tries together, in milliseconds. Default 15 minutes. */
  readonly limitMilliseconds?: number;
  readonly signal?: AbortSignal;
}

/** Makes images ready; jobs that want the same image at the same time share one pull. */
export interface ImagePuller {
  /** Resolves when the image is on this machine. Rejects with a `RuntimeError`, or the signal's reason. */
  ensure(image: string, options: PullOptions): Promise<void>;
}

export function createImagePuller(runtime: Runtime): ImagePuller {
  const running = new Map<string, Promise<void>>();

  const pullOnce = (image: string, options: PullOptions): Promise<void> => {
    const shared = running.get(image) ?? pullWithRetries(runtime, image, options);
    if (!running.has(image)) {
      running.set(image, shared);
      // The pull is awaited by those who share it; this only forgets it.
      void shared.catch(() => {}).finally(() => running.delete(image));
    }
    return shared;
  };

  return {
    ensure: async (image, options) => {
      const { policy, signal } = options;
      if (policy !== "always") {
        if ((await runtime.image(image, signal)) !== undefined) return;
        if (policy === "never") {
          throw new RuntimeError(`image ${image} is not on this machine, and pull_policy is "never"`, {
            failure: "not-found",
          });
        }
      }
      try {
        await untilAborted(pullOnce(image, options), signal);
      } catch (cause) {
        // The engine's words need not name the image. While it is away, it is the engine that is the trouble.
        if (!(cause instanceof RuntimeError) || cause.failure === "unavailable") throw cause;
        throw new RuntimeError(
          `image ${image} could not be pulled (pull_policy is "${policy}"): ${cause.message}`,
          { failure: cause.failure, cause },
        );
      }
    },
  };
}

function pullWithRetries(runtime: Runtime, image: string, options: PullOptions): Promise<void> {
  const { attempts = 3, retryMilliseconds = 1000, limitMilliseconds = 15 * 60_000 } = options;
  return withDeadline(limitMilliseconds, async (limit) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await runtime.pull(image, limit);
        return;
      } catch (error) {
        if (limit.aborted) {
          throw new RuntimeError(`it took longer than ${limitMilliseconds / 1000} s`, {
            failure: "registry-unreachable",
            cause: error,
          });
        }
        if (attempt >= attempts || !isRuntimeFailure(error, "registry-unreachable")) throw error;
        await sleep(retryMilliseconds * 2 ** (attempt - 1));
      }
    }
  });
}
