import { createHmac } from "node:crypto";

// Opens nothing: it only lets a stand-in know its own seals again.
const secret = "stand-in";

/** What a stand-in signs: each kind has seals of its own. Claude's thinking is the same wherever it runs. */
type SealKind = "thinking" | "redacted" | "encrypted" | "thought";

/** An opaque proof in base64 that goes with a text; the same each time. */
export function seal(kind: SealKind, text: string): string {
  const written = `${kind}:${text}`;
  return Buffer.from(`${createHmac("sha256", secret).update(written).digest("hex")}:${written}`).toString(
    "base64",
  );
}

/** True for a seal that a stand-in made of this kind; of this text too, when one is given. */
export function isSeal(kind: SealKind, given: string, text?: string): boolean {
  const opened = Buffer.from(given, "base64").toString("utf8");
  const sealed = /^[0-9a-f]{64}:([a-z]+):(.*)$/s.exec(opened);
  if (sealed?.[1] !== kind || sealed[2] === undefined) return false;
  return seal(kind, sealed[2]) === given && (text === undefined || sealed[2] === text);
}
