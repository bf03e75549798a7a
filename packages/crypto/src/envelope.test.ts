import { createECDH, createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Envelope, openEnvelope, sealEnvelope } from "./envelope.ts";
import { generateKeyPair, type KeyPair, publicKeyFromPem, publicKeyToPem } from "./keys.ts";
import { encryptToP256 } from "./p256.ts";
import suite from "./test-vectors.json" with { type: "json" };

type Vector = (typeof suite.vectors)[number];

function keyPairFromHex(secret: string): KeyPair {
  const exchange = createECDH("prime256v1");
  exchange.setPrivateKey(secret, "hex");
  const point = exchange.getPublicKey();
  const spki = Buffer.concat([
    Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
    point,
  ]).toString("base64");
  const encode = (part: Buffer) => part.toString("base64url");
  const privateKey = createPrivateKey({
    key: {
      kty: "EC",
      crv: "P-256",
      d: encode(Buffer.from(secret, "hex")),
      x: encode(point.subarray(1, 33)),
      y: encode(point.subarray(33)),
    },
    format: "jwk",
  });
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`;
  return { privateKey, publicKey: publicKeyFromPem(pem) };
}

function vector(name: string): Vector {
  const found = suite.vectors.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no vector ${name}`);
  return found;
}

function opening(envelope: unknown, key: KeyObject): Promise<Buffer> {
  return openEnvelope(envelope as Envelope, key);
}

describe.each(suite.vectors)("vector $name", (each) => {
  const recipient = keyPairFromHex(each.recipientPrivateKeyHex);
  test("opens", async () => {
    expect((await openEnvelope(each.envelope, recipient.privateKey)).toString("hex")).toBe(each.plaintextHex);
  });
  test("is what the same ephemeral key makes", () => {
    expect(publicKeyToPem(recipient.publicKey)).toBe(each.recipientPublicKeyPem);
    const ephemeral = keyPairFromHex(each.ephemeralPrivateKeyHex);
    const { data, ephemeralKey } = encryptToP256(
      Buffer.from(each.plaintextHex, "hex"),
      recipient.publicKey,
      ephemeral,
    );
    expect(data.toString("base64")).toBe(each.envelope.EncryptedData);
    expect(publicKeyToPem(ephemeralKey)).toBe(each.envelope.EphemeralPublicKey);
  });
});

describe("must fail", () => {
  const ping = vector("ping-request");
  const key = keyPairFromHex(ping.recipientPrivateKeyHex).privateKey;
  const bytes = Buffer.from(ping.envelope.EncryptedData, "base64");
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  const otherCurve = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
  const pem = (exported: KeyObject) => exported.export({ type: "spki", format: "pem" }).toString();
  const withPoint = (point: Buffer) =>
    `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([
      Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
      point,
    ]).toString("base64")}\n-----END PUBLIC KEY-----\n`;
  const offCurve = Buffer.from(ping.ephemeralPublicKeyX963Hex, "hex");
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;

  const mutations: Record<string, [code: string, change: Record<string, unknown>, key?: KeyObject]> = {
    "last-tag-bit-flipped": ["authentication-failed", { EncryptedData: flipped.toString("base64") }],
    "wrong-algorithm": ["unsupported-algorithm", { EncryptionAlgorithm: "INVALID" }],
    "not-pem": ["invalid-public-key", { EphemeralPublicKey: "not pem" }],
    "wrong-recipient": [
      "authentication-failed",
      {},
      keyPairFromHex(vector("empty-plaintext").recipientPrivateKeyHex).privateKey,
    ],
    "short-data": ["invalid-envelope", { EncryptedData: bytes.subarray(0, 15).toString("base64") }],
    "tag cut short": [
      "authentication-failed",
      { EncryptedData: bytes.subarray(0, bytes.length - 4).toString("base64") },
    ],
    "data that is no base64": ["invalid-envelope", { EncryptedData: `${ping.envelope.EncryptedData}!` }],
    "data of another type": ["invalid-envelope", { EncryptedData: null }],
    "key of another type": ["invalid-public-key", { EphemeralPublicKey: null }],
    "RSA key": ["invalid-public-key", { EphemeralPublicKey: pem(rsa) }],
    "key on another curve": ["invalid-public-key", { EphemeralPublicKey: pem(otherCurve) }],
    "point off the curve": ["invalid-public-key", { EphemeralPublicKey: withPoint(offCurve) }],
    "point at infinity": ["invalid-public-key", { EphemeralPublicKey: withPoint(Buffer.alloc(65)) }],
    "other label": [
      "invalid-public-key",
      { EphemeralPublicKey: ping.envelope.EphemeralPublicKey.replaceAll("PUBLIC KEY", "EC PUBLIC KEY") },
    ],
    "X25519 key for a P-256 recipient": [
      "invalid-public-key",
      { EphemeralPublicKey: publicKeyToPem(generateKeyPair("X25519").publicKey) },
    ],
  };

  test("every published case is here", () => {
    expect(suite.mustFail.map(({ name }) => name).filter((name) => !(name in mutations))).toEqual([]);
  });
  test.each(Object.entries(mutations))("%s", async (_name, [code, change, otherKey]) => {
    await expect(opening({ ...ping.envelope, ...change }, otherKey ?? key)).rejects.toMatchObject({ code });
  });
});

describe.each(["P-256", "X25519"] as const)("%s", (type) => {
  test("what was sealed to a key opens with its private half only", async () => {
    const { publicKey, privateKey } = generateKeyPair(type);
    const envelope = await sealEnvelope("grüße ☃", publicKeyFromPem(publicKeyToPem(publicKey)));
    expect((await openEnvelope(envelope, privateKey)).toString()).toBe("grüße ☃");
    await expect(openEnvelope(envelope, generateKeyPair(type).privateKey)).rejects.toMatchObject({
      code: "authentication-failed",
    });
  });
  test("each message has a key of its own", async () => {
    const { publicKey } = generateKeyPair(type);
    const [first, second] = await Promise.all([
      sealEnvelope("same", publicKey),
      sealEnvelope("same", publicKey),
    ]);
    expect(first.EphemeralPublicKey).not.toBe(second.EphemeralPublicKey);
    expect(first.EncryptedData).not.toBe(second.EncryptedData);
  });
  test("the other algorithm's name is refused", async () => {
    const other = generateKeyPair(type === "P-256" ? "X25519" : "P-256");
    const envelope = await sealEnvelope("x", other.publicKey);
    await expect(openEnvelope(envelope, generateKeyPair(type).privateKey)).rejects.toMatchObject({
      code: "unsupported-algorithm",
    });
  });
});

test("a point of low order is refused as an X25519 key of a message", async () => {
  const { publicKey, privateKey } = generateKeyPair("X25519");
  const envelope = await sealEnvelope("x", publicKey);
  const zero = publicKeyToPem({ ...publicKey, point: Buffer.alloc(32) });
  await expect(openEnvelope({ ...envelope, EphemeralPublicKey: zero }, privateKey)).rejects.toMatchObject({
    code: "authentication-failed",
  });
});

test("messages of 2 MB go through in bounded memory", async () => {
  const { publicKey, privateKey } = generateKeyPair();
  const message = Buffer.alloc(2 * 1024 * 1024, "a");
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 30; round += 1) {
    const envelope = await sealEnvelope(message, publicKey);
    expect((await openEnvelope(envelope, privateKey)).equals(message)).toBe(true);
  }
  expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(150);
}, 60_000);

test("points are of full length, however small their coordinates are", () => {
  for (let count = 0; count < 600; count += 1) {
    const { point, keyObject } = generateKeyPair("P-256").publicKey;
    const der = keyObject.export({ type: "spki", format: "der" });
    expect(point.equals(der.subarray(der.length - 65))).toBe(true);
  }
});
