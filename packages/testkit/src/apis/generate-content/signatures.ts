import { isSeal, seal } from "../../seal.ts";
import type { Part } from "./schema.ts";

/** What the service's documents name for calls that another model made. */
const bypasses = ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"];

/** The signature that a part goes out with: that of a call knows the call's name. */
export function thoughtSignature(part: Pick<Part, "functionCall">): string {
  return seal("thought", part.functionCall?.name ?? "");
}

/** True when the service gave this signature to a part of this kind, or takes it without looking. */
export function isThoughtSignature(part: Part): boolean {
  const given = part.thoughtSignature ?? "";
  return bypasses.includes(given) || isSeal("thought", given, part.functionCall?.name ?? "");
}
