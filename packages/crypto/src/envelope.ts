import type { KeyObject } from "node:crypto";
import { CryptoError } from "./crypto-error.ts";
import { type KeyType, type PublicKey, publicKeyFromPem, publicKeyToPem } from "./keys.ts";
import { decryptWithP256, encryptToP256, type Sealed } from "./p256.ts";
import { decryptWithX25519, encryptToX25519 } from "./x25519.ts";

/** An encrypted message as it travels. `EncryptedData` is padded standard base64. */
export interface Envelope {
  readonly EncryptionAlgorithm: string;
  readonly EncryptedData: string;
  readonly EphemeralPublicKey: string;
}

const algorithms: Readonly<Record<KeyType, string>> = {
  "P-256": "ECIES.Cofactor.VariableIV.X963.SHA256.AESGCM",
  X25519: "ECIES.X25519.HKDF.SHA256.AES256GCM",
};
/** A tag; for X25519 a nonce before it. */
const shortestData: Readonly<Record<KeyType, number>> = { "P-256": 16, X25519: 32 };

/** Encrypts bytes, or a string as UTF-8, to the owner of a key, by the algorithm that the key's type stands for. */
export async function sealEnvelope(plaintext: string | Uint8Array, recipient: PublicKey): Promise<Envelope> {
  const bytes = typeof plaintext === "string" ? Buffer.from(plaintext) : plaintext;
  const { data, ephemeralKey } =
    recipient.type === "P-256" ? encryptToP256(bytes, recipient) : await encryptToX25519(bytes, recipient);
  return {
    EncryptionAlgorithm: algorithms[recipient.type],
    EncryptedData: data.toString("base64"),
    EphemeralPublicKey: publicKeyToPem(ephemeralKey),
  };
}

/**
 * Decrypts an envelope. Throws a {@link CryptoError}: `unsupported-algorithm`, `invalid-public-key` or
 * `invalid-envelope` before anything is decrypted, `authentication-failed` if it was encrypted to another key
 * or has been changed since.
 */
export async function openEnvelope(envelope: Envelope, recipient: KeyObject): Promise<Buffer> {
  const type = keyTypeOf(recipient);
  if (envelope.EncryptionAlgorithm !== algorithms[type]) {
    throw new CryptoError(
      "unsupported-algorithm",
      `unsupported encryption algorithm ${JSON.stringify(String(envelope.EncryptionAlgorithm).slice(0, 80))}; this key takes ${algorithms[type]}`,
    );
  }
  const ephemeralKey = publicKeyFromPem(envelope.EphemeralPublicKey);
  if (ephemeralKey.type !== type) {
    throw new CryptoError(
      "invalid-public-key",
      `the ephemeral key is ${ephemeralKey.type}, the recipient's ${type}`,
    );
  }
  const sealed: Sealed = { data: decodeData(envelope.EncryptedData, shortestData[type]), ephemeralKey };
  try {
    return type === "P-256" ? decryptWithP256(sealed, recipient) : await decryptWithX25519(sealed, recipient);
  } catch (cause) {
    throw new CryptoError(
      "authentication-failed",
      "the envelope was encrypted to another key or has been changed",
      cause,
    );
  }
}

function keyTypeOf(privateKey: KeyObject): KeyType {
  return privateKey.asymmetricKeyType === "x25519" ? "X25519" : "P-256";
}

function decodeData(text: string, shortest: number): Buffer {
  if (typeof text !== "string" || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new CryptoError("invalid-envelope", "EncryptedData is not padded base64");
  }
  const data = Buffer.from(text, "base64");
  if (data.length < shortest) {
    throw new CryptoError(
      "invalid-envelope",
      `EncryptedData holds ${data.length} bytes, fewer than ${shortest}`,
    );
  }
  return data;
}
