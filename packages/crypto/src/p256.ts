import { createCipheriv, createDecipheriv, createHash, diffieHellman, type KeyObject } from "node:crypto";
import { generateKeyPair, type KeyPair, type PublicKey } from "./keys.ts";

// ECIES as Apple's Security framework has it: P-256, X9.63 key derivation with SHA-256, AES-128-GCM with a
// nonce of 16 bytes that comes from the derivation, no additional data.

const tagLength = 16;
/** The X9.63 block counter; one block of SHA-256 is both key and nonce. */
const firstBlock = Buffer.from([0, 0, 0, 1]);

/** Bytes on the wire: the ciphertext with its tag, and the key pair's public half. */
export interface Sealed {
  readonly data: Buffer;
  readonly ephemeralKey: PublicKey;
}

/** Encrypts to a P-256 key. `ephemeral` must be fresh for each message. */
export function encryptToP256(
  plaintext: Uint8Array,
  recipient: PublicKey,
  ephemeral: KeyPair = generateKeyPair("P-256"),
): Sealed {
  const { key, nonce } = derive(ephemeral.privateKey, recipient.keyObject, ephemeral.publicKey.point);
  const cipher = createCipheriv("aes-128-gcm", key, nonce, { authTagLength: tagLength });
  const data = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { data, ephemeralKey: ephemeral.publicKey };
}

/** Decrypts; throws Node's error if the tag does not fit. `data` holds at least a tag. */
export function decryptWithP256({ data, ephemeralKey }: Sealed, recipient: KeyObject): Buffer {
  const { key, nonce } = derive(recipient, ephemeralKey.keyObject, ephemeralKey.point);
  const decipher = createDecipheriv("aes-128-gcm", key, nonce, { authTagLength: tagLength });
  decipher.setAuthTag(data.subarray(data.length - tagLength));
  const plaintext = decipher.update(data.subarray(0, data.length - tagLength));
  decipher.final();
  return plaintext;
}

function derive(privateKey: KeyObject, publicKey: KeyObject, sharedInfo: Buffer) {
  const secret = diffieHellman({ privateKey, publicKey });
  const block = createHash("sha256").update(secret).update(firstBlock).update(sharedInfo).digest();
  return { key: block.subarray(0, 16), nonce: block.subarray(16) };
}
