import type { RunnerConfig } from "@plano/runner-home";
import { listUsedImages, networkRefusal } from "@plano/runner-home";
import { isImageAllowed, type Runtime } from "@plano/runtime";
import { formatDuration } from "@plano/terminal";
import { type Finding, failed, failure, ok, skipped } from "./finding.ts";

const engineMilliseconds = 10_000;
const pullMilliseconds = 300_000;

const mends: Readonly<Record<string, string>> = {
  docker:
    "Start it (systemctl start docker, or Docker Desktop). May this user use its socket? DOCKER_HOST names another.",
  podman: "Install Podman, or have it answer: podman info",
  apple: "container system start; is it installed, and of version 1.0 or later? github.com/apple/container",
};

/** Whether the runtime keeps what the configuration says of jobs' networks; told only if it does not. */
export function checkNetwork(config: RunnerConfig): Finding | undefined {
  const refusal = networkRefusal(config);
  return refusal && failure("network", `${refusal.message}. The runner does not start so.`, refusal.hint);
}

/** Whether containers can be run. */
export async function checkRuntime(runtime: Runtime): Promise<Finding> {
  const check = "runtime";
  try {
    const { version, architecture } = await runtime.engine(AbortSignal.timeout(engineMilliseconds));
    return ok(check, `${runtime.name} ${version} (${architecture}) answers`);
  } catch (error) {
    return failed(check, error, mends[runtime.name]);
  }
}

/** Whether an image can be fetched: the one that is named, or the one that a job ran in last. */
export async function checkPull(
  runtime: Runtime,
  { pullPolicy, allowedImages }: RunnerConfig,
  { image, used }: { readonly image: string | undefined; readonly used: string },
): Promise<Finding> {
  const check = "image pull";
  const reference = image ?? (await newestImage(used));
  if (reference === undefined)
    return skipped(check, "no job has run here yet; --image REFERENCE names one to try");
  if (!isImageAllowed(reference, allowedImages)) {
    return failure(
      check,
      `${reference} is not among allowed_images`,
      "plan42 runner config changes the list.",
    );
  }
  const isThere = (await runtime.image(reference).catch(() => undefined)) !== undefined;
  if (pullPolicy === "never" || (pullPolicy === "if-not-present" && isThere)) {
    const state = isThere ? "is on this machine" : "is not on this machine";
    const told = `${reference} ${state}; pull_policy is ${pullPolicy}`;
    return isThere
      ? ok(check, told)
      : failure(check, told, `Load it, or set pull_policy = "if-not-present".`);
  }
  const began = performance.now();
  try {
    await runtime.pull(reference, AbortSignal.timeout(pullMilliseconds));
    return ok(check, `${reference} was fetched in ${formatDuration(performance.now() - began)}`);
  } catch (error) {
    const mend = isThere
      ? `It is on this machine: pull_policy = "if-not-present" runs it as it is. Else: is its registry reachable, and are you logged in there?`
      : "Does it exist, is its registry reachable, and are you logged in there (docker login)?";
    return failed(check, error, mend);
  }
}

async function newestImage(folder: string): Promise<string | undefined> {
  const images = await listUsedImages(folder);
  return images.sort((one, other) => other.lastUsedAt.getTime() - one.lastUsedAt.getTime())[0]?.reference;
}
