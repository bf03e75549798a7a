import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { CryptoError } from "./crypto-error.ts";

/** Kinds of key that a queue or a caller may have. The kind decides how envelopes to it are encrypted. */
export type KeyType = "P-256" | "X25519";

/** A public key whose point is known to be on its curve. */
export interface PublicKey {
  readonly type: KeyType;
  /** The point: 65 bytes, uncompressed, for P-256; 32 bytes for X25519. */
  readonly point: Buffer;
  readonly keyObject: KeyObject;
}

export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

/** What precedes the point in the SubjectPublicKeyInfo of each kind of key (RFC 5480, RFC 8410). */
const spkiPrefixes: Readonly<Record<KeyType, Buffer>> = {
  "P-256": Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
  X25519: Buffer.from("302a300506032b656e032100", "hex"),
};
const pointLengths: Readonly<Record<KeyType, number>> = { "P-256": 65, X25519: 32 };
/** What a P-256 point with both of its coordinates begins with (SEC 1, section 2.3.3). */
const uncompressed = Buffer.from([4]);
const keyTypes = ["P-256", "X25519"] as const;

/** A fresh key pair of the kind that the reference uses, or of the one asked for. */
export function generateKeyPair(type: KeyType = "P-256"): KeyPair {
  const { publicKey: keyObject, privateKey } =
    type === "P-256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("x25519");
  return { publicKey: { type, point: pointOf(keyObject), keyObject }, privateKey };
}

/** The point, by way of the JSON form, whose coordinates are of full length (RFC 7518): a third of DER's time. */
function pointOf(key: KeyObject): Buffer {
  const { x = "", y } = key.export({ format: "jwk" });
  const first = Buffer.from(x, "base64url");
  return y === undefined ? first : Buffer.concat([uncompressed, first, Buffer.from(y, "base64url")]);
}

/** Reads a PEM block with the label `PUBLIC KEY`. Throws a {@link CryptoError} for any but a P-256 or X25519 key. */
export function publicKeyFromPem(pem: string): PublicKey {
  const match = /^\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END PUBLIC KEY-----\s*$/.exec(
    pem,
  );
  if (match?.[1] === undefined) throw invalid("it is no PEM block with the label PUBLIC KEY");
  return publicKeyFromDer(Buffer.from(match[1], "base64"));
}

/** The PEM block of a public key: lines of 64 characters, a newline at the end. */
export function publicKeyToPem({ type, point }: PublicKey): string {
  const encoded = Buffer.concat([spkiPrefixes[type], point]).toString("base64");
  return `-----BEGIN PUBLIC KEY-----\n${encoded.replace(/.{1,64}/g, "$&\n")}-----END PUBLIC KEY-----\n`;
}

function publicKeyFromDer(der: Buffer): PublicKey {
  const type = keyTypes.find((candidate) => {
    const prefix = spkiPrefixes[candidate];
    return (
      der.length === prefix.length + pointLengths[candidate] && der.subarray(0, prefix.length).equals(prefix)
    );
  });
  if (type === undefined)
    throw invalid("it is neither a P-256 key with an uncompressed point nor an X25519 key");
  return publicKeyFromPoint(type, der.subarray(spkiPrefixes[type].length));
}

/** The key with this point; throws a {@link CryptoError} if there is no such point. */
export function publicKeyFromPoint(type: KeyType, point: Buffer): PublicKey {
  try {
    const der = Buffer.concat([spkiPrefixes[type], point]);
    return { type, point, keyObject: createPublicKey({ key: der, format: "der", type: "spki" }) };
  } catch (cause) {
    throw invalid("its point is not on the curve", cause);
  }
}

function invalid(reason: string, cause?: unknown): CryptoError {
  return new CryptoError("invalid-public-key", `invalid public key: ${reason}`, cause);
}
