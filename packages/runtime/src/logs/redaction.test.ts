import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createRedaction } from "./redaction.ts";

const secret = 'p42_eyJ"h&b/c+d é=';
const key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----";
const redaction = createRedaction([secret, "p42_eyJ", key, "ab"]);
const whole = Buffer.from(secret);

test.each([
  ["as it is", secret],
  ["as a JSON string", JSON.stringify({ a: [secret] })],
  ["as Go's JSON", JSON.stringify(secret).replaceAll("&", "\\u0026")],
  ["in base64", whole.toString("base64")],
  ["in base64 of more", Buffer.from(`user:${secret}`).toString("base64")],
  ["in base64 with one before", Buffer.from(`x${secret}y`).toString("base64")],
  ["in base64url", Buffer.from(`xx${secret}`).toString("base64url")],
  ["in hex", whole.toString("hex")],
  ["in upper-case hex", whole.toString("hex").toUpperCase()],
  ["in a URL", `https://h/?t=${encodeURIComponent(secret)}`],
  ["in a form", new URLSearchParams({ t: secret }).toString()],
  ["a line of a key", "x MIIEvQIBADANBgkq y"],
])("a secret %s is redacted, wherever the stream is cut", (_, text) => {
  const shown = redaction.text(`before ${text} after`);
  expect(shown).toContain("[REDACTED]");
  expect(shown).not.toContain(text);
  expect(shown).toMatch(/^before .*after$/);
  const bytes = Buffer.from(`before ${text} after`);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const redactor = redaction.redactor();
    const parts = [
      redactor.write(bytes.subarray(0, cut)),
      redactor.write(bytes.subarray(cut)),
      redactor.end(),
    ];
    expect(Buffer.concat(parts).toString()).toBe(shown);
  }
});

const random = (length: number) =>
  createHash("sha512").update(String(length)).digest("base64url").repeat(9).slice(0, length);
const token = `p42_eyJ${random(33)}.eyJ${random(210)}.${random(86)}`;
const wrapped = (text: string, width: number, between: string) =>
  text.match(new RegExp(`.{1,${width}}`, "g"))?.join(between) ?? "";
const dump = (text: string) =>
  wrapped(text, 16, "\n")
    .split("\n")
    .map((line, index) => {
      const hex = wrapped(Buffer.from(line).toString("hex"), 4, " ");
      return `${(16 * index).toString(16).padStart(8, "0")}: ${hex.padEnd(39)}  ${line}`;
    })
    .join("\n");
const base64 = Buffer.from(`Authorization: ${token}`).toString("base64");

test.each([
  ["base64 in lines of 76", wrapped(base64, 76, "\n")],
  ["base64 in indented lines of 76", wrapped(base64, 76, "\r\n    ")],
  ["base64 in lines that each say whose they are", wrapped(base64, 76, "\n[build] ")],
  ["the token in lines of 7", wrapped(token, 7, "\n")],
  ["hexadecimal in groups", wrapped(Buffer.from(token).toString("hex"), 2, " ")],
  ["a dump", dump(token)],
  ["a dump of more", dump(`token=${token}\n`.replace("\n", ";"))],
  ["the JWT without its prefix", token.slice(4)],
  ["base64 of the JWT", Buffer.from(token.slice(4)).toString("base64")],
  ["the token without its end", token.slice(0, -9)],
  ["a token with a colour in it", `${token.slice(0, 50)}\u001b[1;31m${token.slice(50)}`],
])("%s shows no piece of a token, wherever the stream is cut", (_, text) => {
  const tokens = createRedaction([token]);
  const shown = tokens.text(`before ${text} after\n`);
  expect(shown).toMatch(/^before .*\[REDACTED\][\s\S]* after\n$/);
  const pieces = [token, base64.slice(20), Buffer.from(token).toString("hex")].flatMap((form) =>
    Array.from({ length: form.length - 15 }, (__, start) => form.slice(start, start + 16)),
  );
  const dense = shown.replace(/\s/g, "");
  expect(pieces.filter((piece) => dense.includes(piece))).toEqual([]);
  const bytes = Buffer.from(`before ${text} after\n`);
  for (let cut = 0; cut <= bytes.length; cut += 7) {
    const redactor = tokens.redactor();
    const parts = [
      redactor.write(bytes.subarray(0, cut)),
      redactor.write(bytes.subarray(cut)),
      redactor.end(),
    ];
    expect(Buffer.concat(parts).toString()).toBe(shown);
  }
});

const quoted = "pa\"ss\\wo'rd<&";
test.each([
  ["JSON in JSON", JSON.stringify(JSON.stringify({ a: quoted }))],
  ["escapes of letters", quoted.replace(/["'\\&<]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)],
  ["HTML", "pa&quot;ss\\wo&#39;rd&lt;&amp;"],
  ["doubled backslashes", quoted.replaceAll("\\", "\\\\")],
  ["a shell's quotes", quoted.replaceAll("'", "'\\''")],
])("a secret with quotes in %s is redacted", (_, text) => {
  const shown = createRedaction([quoted]).text(`before ${text} after`);
  expect(shown).toMatch(/^before .*\[REDACTED\].* after$/);
  expect(shown).not.toContain("ss");
});

test("ordinary text is left as it is, though secrets are made of it", () => {
  const text = "hunter 2 went to internal.example.com:5432, password change me\n";
  const secrets = ["hunter2", "postgres://user:Secret1@internal.example.com:5432/db", "changeme", "five5"];
  expect(createRedaction(secrets).text(text)).toBe(text);
  expect(createRedaction(secrets).text("five5 hunter2")).toBe("five5 [REDACTED]");
});

test("a line is shown at its end, and after a long gap what came before", () => {
  const redactor = createRedaction([token]).redactor();
  expect(Buffer.from(redactor.write(Buffer.from("one\n"))).toString()).toBe("one\n");
  expect(Buffer.from(redactor.write(Buffer.from(`x ${token}\n`))).toString()).toBe("x [REDACTED]\n");
  redactor.write(Buffer.from(token.slice(0, 5)));
  expect(redactor.write(Buffer.from(" ".repeat(300))).length).toBe(305);
});

test("the longer of two secrets is redacted as a whole", () => {
  expect(redaction.text(`a ${secret} b`)).toBe("a [REDACTED] b");
});

test("text without secrets is shown at once and unchanged", () => {
  const redactor = redaction.redactor();
  expect(Buffer.from(redactor.write(Buffer.from("grüße, ab\n"))).toString()).toBe("grüße, ab\n");
  expect(Buffer.from(redactor.write(Buffer.from("p42_"))).toString()).toBe("");
  expect(Buffer.from(redactor.write(Buffer.from("other\n"))).toString()).toBe("p42_other\n");
});

test("what began like a secret is shown when the stream ends", () => {
  const redactor = redaction.redactor();
  expect(Buffer.from(redactor.write(Buffer.from("x p42_ey"))).toString()).toBe("x ");
  expect(Buffer.from(redactor.end()).toString()).toBe("p42_ey");
});
