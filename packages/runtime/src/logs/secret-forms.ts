import { Buffer } from "node:buffer";

/** Shorter values are not taken for secrets: redacting them would blank out ordinary text. */
const shortestSecret = 6;

/** Byte patterns of all the forms of these secrets. */
export function* secretForms(secrets: Iterable<string>): Generator<Uint8Array> {
  for (const secret of new Set([...secrets].flatMap(withItsLines))) {
    for (const form of new Set(formsOf(secret))) yield Buffer.from(form);
  }
}

/** A key of many lines is printed line by line, and with the lines' ends escaped or changed. */
function withItsLines(secret: string): string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  return [trimmed, ...lines].filter((text) => text.length >= shortestSecret && !text.startsWith("-----"));
}

function* formsOf(secret: string): Generator<string> {
  const bytes = Buffer.from(secret);
  yield secret;
  const json = JSON.stringify(secret).slice(1, -1);
  yield json;
  // Go writes these as escapes in JSON.
  yield json.replace(/[&<>]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
  yield json.replaceAll("/", "\\/");
  for (const text of base64Forms(bytes)) {
    yield text;
    yield text.replaceAll("+", "-").replaceAll("/", "_");
    yield encodeURIComponent(text);
  }
  const hex = bytes.toString("hex");
  yield hex;
  yield hex.toUpperCase();
  const url = encodeURIComponent(secret);
  yield url;
  yield url.replaceAll("%20", "+");
  yield url.replace(/%[0-9A-F]{2}/g, (letter) => letter.toLowerCase());
  yield encodeURI(secret);
}

/**
 * How base64 of anything that contains these bytes looks: the text depends on the place modulo three, and
 * the letters at either end on the neighbours, so those are left out.
 */
function* base64Forms(bytes: Uint8Array): Generator<string> {
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const first = [0, 2, 3][before] ?? 0;
    const last = (before + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
    const inner = encoded.slice(first, last);
    if (inner.length >= shortestSecret) yield inner;
  }
}
