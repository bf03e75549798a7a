import { variableOf } from "@plano/runner-home";
import { fileOf } from "../setup/setup.ts";
import { graphemes } from "./text-input.ts";

/** Whether a text only says where the secret is. */
function isReference(written: string): boolean {
  return variableOf(written) !== undefined || fileOf(written) !== undefined;
}

/**
 * A secret as it is shown: as many dots as it has characters, but for the prefix of Plan42's tokens. References are
 * shown, and so are the beginnings of what may become one.
 */
export function maskSecret(written: string): string {
  if (isReference(written) || isBeginning(written)) return written;
  const prefix = /^p42[a-z]?_/.exec(written)?.[0] ?? "";
  return prefix + "•".repeat(graphemes(written).length - prefix.length);
}

function isBeginning(written: string): boolean {
  return ["env:", "file:"].some((start) => start.startsWith(written) || written.startsWith(start));
}
