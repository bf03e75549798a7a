import { networkRefusal, platformRefusal, type RuntimeRefusal, type WrittenConfig } from "@plano/runner-home";

/** Why a runner does not start, and the key of `[runner]` that says so. */
export interface StartRefusal extends RuntimeRefusal {
  readonly key: "runtime" | "network";
}

/** Why no runner of this machine starts with a runtime; undefined if it does, or the runtime is not known at all. */
export function runtimeRefusal(
  runtime: string,
  { runner }: WrittenConfig,
  platform: string,
): StartRefusal | undefined {
  if (runtime !== "apple") return undefined;
  const elsewhere = platformRefusal({ runtime }, platform);
  if (elsewhere !== undefined) return { ...elsewhere, key: "runtime" };
  const open = networkRefusal({ runtime, network: runner.network === "default" ? "default" : "isolated" });
  return open && { ...open, key: "network" };
}
