import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { AppError } from "@plano/errors";

/** Bytes of a key: AES-256. */
export const keySize = 32;
const nonceSize = 12;
const tagSize = 16;
const version = "v1";

/** Encrypts texts that are kept, by AES-256-GCM. A sealed text names its key: `v1.<key id>.<base64url>`. */
export interface Keyring {
  /** The id of the key that new texts are sealed with. */
  readonly currentId: string;
  /** The ids of all keys. */
  readonly ids: readonly string[];
  /** `place` says where the text is kept: it cannot be opened as that of any other place. */
  seal(text: string, place: string): string;
  /** Throws if the key is not there, or the text was changed or belongs to another place. */
  open(sealed: string, place: string): string;
}

/** The first key seals; all of them open. */
export function createKeyring(keys: readonly [Buffer, ...Buffer[]]): Keyring {
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  const [current] = keys;
  const currentId = keyId(current);
  return {
    currentId,
    ids: [...byId.keys()],
    seal: (text, place) => {
      const nonce = randomBytes(nonceSize);
      const cipher = createCipheriv("aes-256-gcm", current, nonce, { authTagLength: tagSize });
      cipher.setAAD(Buffer.from(place));
      const data = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${currentId}.${data.toString("base64url")}`;
    },
    open: (sealed, place) => {
      const id = sealedBy(sealed);
      const key = id === undefined ? undefined : byId.get(id);
      if (key === undefined) {
        throw new AppError(`the secret of ${place} was sealed with another key (its id is ${id})`, {
          code: "secret-key",
          hint: "To change keys, name both, the new one first, until all servers have started with them.",
        });
      }
      const data = Buffer.from(sealed.split(".")[2] ?? "", "base64url");
      try {
        const nonce = data.subarray(0, nonceSize);
        const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagSize });
        decipher.setAAD(Buffer.from(place));
        decipher.setAuthTag(data.subarray(-tagSize));
        const text = decipher.update(data.subarray(nonceSize, -tagSize));
        return Buffer.concat([text, decipher.final()]).toString();
      } catch (cause) {
        throw new Error(`the secret of ${place} is damaged`, { cause });
      }
    },
  };
}

/** The id of the key that a text was sealed with; undefined if it is none. */
export function sealedBy(text: string): string | undefined {
  return /^v1\.([0-9a-f]{8})\.[\w-]+$/.exec(text)?.[1];
}

/** Tells keys apart, and nothing of what they are. */
function keyId(key: Buffer): string {
  return createHash("sha256").update("plan42 secret key\0").update(key).digest("hex").slice(0, 8);
}
