import type { Path } from "./problem.ts";

const longestShown = 60;
const secretName = /key|token|secret|passw|auth|credential|header|cookie/i;
const looksLikeReference = /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$/;
/** With the prefix that vendors put before their keys. */
const looksLikeKey = /^(?:sk|pk|rk|gsk|xai|ghp|AIza)[-_\w]{6,}/;
/** Long and without a gap. */
const looksRandom = /^[\w+/=.-]{24,}$/;
/** An address with user information, a query or a fragment. */
const mayHoldKey = /:\/\/.*[?#@]/;

/** Whether a text is, by its looks alone, likely to hold a secret. */
export function looksSecret(text: string): boolean {
  return looksLikeKey.test(text) || mayHoldKey.test(text);
}

/**
 * The value at `path` for an error message, or undefined if it might be a secret.
 * A secret is suspected by the names on the way to it and by its looks.
 */
export function displayValue(value: unknown, path: Path): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const suspicious = path.some((segment) => typeof segment === "string" && secretName.test(segment));
  if (typeof value === "string" && looksLikeReference.test(value)) return value;
  if (typeof value !== "boolean" && value !== null && suspicious) return undefined;
  if (typeof value === "string" && (looksSecret(value) || looksRandom.test(value))) return undefined;
  const shown = typeof value === "string" ? JSON.stringify(text) : text;
  const characters = [...shown];
  return characters.length > longestShown ? `${characters.slice(0, longestShown - 1).join("")}…` : shown;
}
