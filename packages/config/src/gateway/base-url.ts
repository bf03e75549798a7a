import { referencedNames } from "./references.ts";

/**
 * An address as everything behind the compiler names it: the host in lower case, names of other scripts in their ASCII
 * form, addresses written out, no port that goes without saying. What begins with a reference is settled by its value.
 */
export function settleBaseUrl(written: string): string {
  const [, origin = "", rest = ""] = /^([^/]*\/\/[^/?#\\]*)(.*)$/s.exec(written.trim()) ?? [];
  if (referencedNames(origin).length > 0 || !URL.canParse(origin)) return written;
  return `${new URL(origin).origin}${rest}`;
}
