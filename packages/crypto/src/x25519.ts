import type { KeyObject } from "node:crypto";
import { type PublicKey, publicKeyFromPoint } from "./keys.ts";
import type { Sealed } from "./p256.ts";

const config = {
  ellipticCurve: "x25519",
  symmetricAlgorithm: "aes-256-gcm",
  symmetricNonceLength: 16,
  isEphemeralKeyCompressed: false,
  isHkdfKeyCompressed: false,
  ephemeralKeySize: 32,
} as const;

/** Encrypts to an X25519 key: HKDF-SHA256, AES-256-GCM. The data is nonce (16), tag (16), ciphertext. */
export async function encryptToX25519(plaintext: Uint8Array, recipient: PublicKey): Promise<Sealed> {
  const { encrypt } = await import("eciesjs");
  const whole = encrypt(recipient.point, plaintext, config);
  return {
    data: Buffer.from(whole.subarray(32)),
    ephemeralKey: publicKeyFromPoint("X25519", Buffer.from(whole.subarray(0, 32))),
  };
}

/** Decrypts; throws if the tag does not fit. */
export async function decryptWithX25519(
  { data, ephemeralKey }: Sealed,
  recipient: KeyObject,
): Promise<Buffer> {
  const { decrypt } = await import("eciesjs");
  const { d = "" } = recipient.export({ format: "jwk" });
  return Buffer.from(decrypt(Buffer.from(d, "base64url"), Buffer.concat([ephemeralKey.point, data]), config));
}
