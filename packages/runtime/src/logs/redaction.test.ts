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
