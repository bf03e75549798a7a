import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";

// The construction of the service's own code base, written from its description and not shared with the
// product: ECIES over P-256 with X9.63-SHA256 and AES-128-GCM with a nonce of 16 bytes.

const algorithm = "ECIES.Cofactor.VariableIV.X963.SHA256.AESGCM";
const tagBytes = 16;

/** An envelope as it travels. */
export interface WireEnvelope {
  readonly EncryptionAlgorithm: string;
  readonly EncryptedData: string;
  readonly EphemeralPublicKey: string;
}

/** A process of the service that sends messages and reads the answers. */
export interface Caller {
  readonly id: string;
  readonly publicKey: string;
  seal(text: string, queueKey: string): WireEnvelope;
  /** Throws if the envelope is not for this caller. */
  open(envelope: WireEnvelope): string;
}

export function createCaller(id: string): Caller {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    id,
    publicKey: toPem(pair.publicKey),
    seal: (text, queueKey) => {
      const ephemeral = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const { key, nonce } = derive(ephemeral.privateKey, createPublicKey(queueKey), ephemeral.publicKey);
      const cipher = createCipheriv("aes-128-gcm", key, nonce, { authTagLength: tagBytes });
      const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return {
        EncryptionAlgorithm: algorithm,
        EncryptedData: data.toString("base64"),
        EphemeralPublicKey: toPem(ephemeral.publicKey),
      };
    },
    open: ({ EncryptionAlgorithm, EncryptedData, EphemeralPublicKey }) => {
      if (EncryptionAlgorithm !== algorithm) throw new Error(`unknown algorithm ${EncryptionAlgorithm}`);
      const data = Buffer.from(EncryptedData, "base64");
      if (data.toString("base64") !== EncryptedData) throw new Error("EncryptedData is no padded base64");
      const ephemeral = createPublicKey(EphemeralPublicKey);
      const { key, nonce } = derive(pair.privateKey, ephemeral, ephemeral);
      const decipher = createDecipheriv("aes-128-gcm", key, nonce, { authTagLength: tagBytes });
      decipher.setAuthTag(data.subarray(-tagBytes));
      return decipher.update(data.subarray(0, -tagBytes), undefined, "utf8") + decipher.final("utf8");
    },
  };
}

/** Whether a text is the PEM of a P-256 public key, to the letter as the reference writes it. */
export function isCanonicalPublicKey(pem: string): boolean {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === "prime256v1" && toPem(key) === pem;
  } catch {
    return false;
  }
}

function derive(privateKey: KeyObject, publicKey: KeyObject, shared: KeyObject) {
  const point = shared.export({ type: "spki", format: "der" }).subarray(-65);
  const block = createHash("sha256")
    .update(diffieHellman({ privateKey, publicKey }))
    .update(Buffer.from([0, 0, 0, 1]))
    .update(point)
    .digest();
  return { key: block.subarray(0, 16), nonce: block.subarray(16) };
}

function toPem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
