import type { Failure } from "../../failure.ts";
import { blocksOf } from "./rules.ts";
import type { CountRequest, MessagesRequest } from "./schema.ts";
import { anthropicInvalid } from "./violations.ts";

const versions = ["2023-06-01", "2026-10-21"];

export function isKnownVersion(version: unknown): boolean {
  return typeof version === "string" && versions.includes(version);
}

/**
 * What one version of the API refuses and another takes.
 * 2026-10-21: https://platform.claude.com/docs/en/api/migration-2026-10-21
 */
export function findVersionViolation(
  request: MessagesRequest | CountRequest,
  version: unknown,
): Failure | undefined {
  if (version !== "2026-10-21") return systemRole(request);
  for (const name of ["temperature", "top_p", "top_k"]) {
    if (name in request) return anthropicInvalid(`${name}: Extra inputs are not permitted`);
  }
  for (const [position, message] of request.messages.entries()) {
    for (const [at, block] of blocksOf(message).entries()) {
      if (message.role === "assistant" && block.type === "document") {
        return anthropicInvalid(
          `messages.${position}.content.${at}: \`document\` blocks are not allowed in \`assistant\` messages`,
        );
      }
      if (message.role === "user" && block.type === "text" && (block.citations?.length ?? 0) > 0) {
        return anthropicInvalid(
          `messages.${position}.content.${at}.citations: citations are not allowed in \`user\` messages`,
        );
      }
    }
  }
  return undefined;
}

function systemRole({ messages }: CountRequest): Failure | undefined {
  if (!messages.some((message) => message.role === "system")) return undefined;
  return anthropicInvalid(
    'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
  );
}
