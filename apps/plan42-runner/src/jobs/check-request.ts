import type { RequestOf } from "@plano/protocol";
import type { RunnerConfig } from "@plano/runner-home";
import { formatJobId, isImageAllowed, parseImageReference } from "@plano/runtime";
import { jobHosts } from "./job-hosts.ts";

export type InvokeRequest = RequestOf<"InvokeAgentRequest">;

/** The id of the job that a request asks for, or why it cannot be one, in the words that callers know. */
export type CheckedRequest =
  | { readonly ok: true; readonly jobId: string }
  | { readonly ok: false; readonly reason: string };

const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Checks everything about a request that needs no look at the machine. */
export function checkRequest(
  request: InvokeRequest,
  { allowedImages, network, url }: Pick<RunnerConfig, "allowedImages" | "network" | "url">,
): CheckedRequest {
  const { Turn: turn, Environment: environment } = request;
  const refuse = (reason: string): CheckedRequest => ({ ok: false, reason });
  if (!canonicalUuid.test(turn.TaskId)) return refuse(`invalid task ID: ${uuidProblem(turn.TaskId)}`);
  if (turn.TurnIndex < 1) return refuse(`invalid turn index: ${turn.TurnIndex}`);
  if (request.Task.TaskId !== turn.TaskId) return refuse("the turn belongs to another task");
  const image = parseImageReference(environment.DockerImage);
  if (!image.ok) return refuse(`invalid Docker image: ${image.problem}`);
  if (!isImageAllowed(environment.DockerImage, allowedImages)) {
    return refuse(
      `image not allowed: ${environment.DockerImage} matches none of the runner's allowed_images`,
    );
  }
  const hosts = jobHosts(request, url);
  if (!hosts.ok) return refuse(hosts.reason);
  if (hosts.hosts !== undefined && network === "default") {
    return refuse("the environment's list of allowed hosts cannot be kept on the engine's default network");
  }
  return { ok: true, jobId: formatJobId({ taskId: turn.TaskId, turnIndex: turn.TurnIndex }) };
}

function uuidProblem(text: string): string {
  return text.length === 36 ? "invalid UUID format" : `invalid UUID length: ${text.length}`;
}
