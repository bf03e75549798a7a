import type { Path } from "./problem.ts";

const longestShown = 60;
const secretName = /key|token|secret|passw|auth|credential|header|cookie/i;
const looksLikeReference = /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$/;
/** Long and without a gap, or with the prefix that vendors put before their keys. */
const looksLikeSecret = /^(?:sk|pk|rk|gsk|xai|ghp|AIza)[-_\w]{6,}|^[\w+/=.-]{24,}$/;

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
  if (typeof value === "string" && (looksLikeSecret.test(value) || /:\/\/.*[?#@]/.test(value)))
    return undefined;
  const shown = typeof value === "string" ? JSON.stringify(text) : text;
  const characters = [...shown];
  return characters.length > longestShown ? `${characters.slice(0, longestShown - 1).join("")}…` : shown;
}
