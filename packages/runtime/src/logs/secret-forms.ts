import { Buffer } from "node:buffer";

/** Shorter values are not taken for secrets: redacting them would blank out ordinary text. */
const shortestSecret = 6;
/** Shorter forms are found only unbroken: with gaps in them ordinary words would be taken for them. */
const shortestBroken = 20;
/** Shorter texts are never looked for in parts. */
const shortestRandom = 24;

/** What to look for so that secrets do not show. */
export interface SecretPatterns {
  /** Found as they are. */
  readonly unbroken: readonly Uint8Array[];
  /** Found with gaps in them too; they hold no white space themselves. */
  readonly broken: readonly Uint8Array[];
  /** Texts like chance made them: a part of one shows a secret, and is nothing else. */
  readonly random: readonly Uint8Array[];
}

/** The patterns of all the forms of these secrets. */
export function secretPatterns(secrets: Iterable<string>): SecretPatterns {
  const texts = new Set([...secrets].flatMap(withItsParts));
  const forms = new Set([...texts].flatMap((text) => [...formsOf(text)]));
  const unbroken = new Set<string>();
  const broken = new Set<string>();
  for (const form of forms) {
    const dense = form.replace(/\s+/g, "");
    if (dense.length >= shortestBroken) broken.add(dense);
    else unbroken.add(form);
  }
  const random = new Set([...texts].flatMap(randomRuns).flatMap((run) => [run, ...encodedForms(run)]));
  return { unbroken: toBytes(unbroken), broken: toBytes(broken), random: toBytes(random) };
}

function toBytes(texts: Iterable<string>): Uint8Array[] {
  return [...texts].map((text) => Buffer.from(text));
}

/** A key of many lines is printed line by line too, and a token without the prefix that tells its kind. */
function withItsParts(secret: string): string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  const jwt = trimmed.replace(/^\w{1,12}_(?=eyJ)/, "");
  return [trimmed, jwt, ...lines].filter(
    (text) => text.length >= shortestSecret && !text.startsWith("-----"),
  );
}

function* formsOf(secret: string): Generator<string> {
  yield secret;
  const json = inJson(secret);
  for (const text of [json, inJson(json)]) {
    yield text;
    yield text.replaceAll("/", "\\/");
  }
  // Go writes the first three as escapes in JSON, others the quotes as well.
  const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  yield json.replace(/[&<>]/g, escaped);
  yield secret.replace(/["'\\&<>]/g, escaped);
  yield secret.replace(/["'\\&<>]/g, (letter) =>
    escaped(letter).replace(/[a-f]/g, (one) => one.toUpperCase()),
  );
  yield secret.replaceAll("\\", "\\\\");
  yield secret.replaceAll("'", "'\\''");
  yield* inHtml(secret);
  yield* encodedForms(secret);
  const url = encodeURIComponent(secret);
  yield url;
  yield url.replaceAll("%20", "+");
  yield url.replace(/%[0-9A-F]{2}/g, (letter) => letter.toLowerCase());
  yield encodeURI(secret);
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Quotes have several names. */
function* inHtml(secret: string): Generator<string> {
  const plain = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  yield plain;
  for (const double of ["&quot;", "&#34;", "&#x22;"]) {
    for (const single of ["'", "&#39;", "&#x27;", "&apos;"]) {
      yield plain.replaceAll('"', double).replaceAll("'", single);
    }
  }
}

/** In base64 and in hexadecimal. */
function* encodedForms(secret: string): Generator<string> {
  const bytes = Buffer.from(secret);
  for (const text of base64Forms(bytes)) {
    yield text;
    yield text.replaceAll("+", "-").replaceAll("/", "_");
    yield encodeURIComponent(text);
  }
  const hex = bytes.toString("hex");
  yield hex;
  yield hex.toUpperCase();
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

/** The parts of a secret that no ordinary text has a piece of: tokens and keys, not host names or sentences. */
function randomRuns(secret: string): string[] {
  const runs = secret.match(/[\w.+/=~-]+/g) ?? [];
  return runs.filter((run) => {
    const digits = run.match(/\d/g)?.length ?? 0;
    const isMixed = (/[a-z]/.test(run) && /[A-Z]/.test(run)) || /^[\da-f-]+$/i.test(run);
    return run.length >= shortestRandom && isMixed && digits >= run.length / 16;
  });
}
