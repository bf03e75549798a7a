// Signing and verifying tokens, which only a server does.
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { CryptoError } from "./crypto-error.ts";
import { parseToken, signatureHash, type TokenClaims } from "./token.ts";

const algorithm = "ES256";
/** How far two clocks may be apart, in seconds. */
const clockTolerance = 60;

/** A token and what may be kept of it. */
export interface IssuedToken {
  readonly token: string;
  /** See {@link signatureHash}. */
  readonly signatureHash: string;
}

/** A fresh ES256 key for tokens, as PKCS #8 PEM. */
export function generateSigningKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Signs claims as they are and puts `prefix_` before the JWT. */
export async function issueToken(
  prefix: string,
  claims: TokenClaims,
  { key, keyId }: { readonly key: KeyObject; readonly keyId: string },
): Promise<IssuedToken> {
  const jwt = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: algorithm, typ: "JWT", kid: keyId })
    .sign(key);
  const token = `${prefix}_${jwt}`;
  return { token, signatureHash: signatureHash(parseToken(token).signature) };
}

/**
 * Checks signature, `exp`, `nbf` and issuer of a token, and returns its claims, prefix and signature hash.
 * Throws a {@link CryptoError} `invalid-token` that says what does not hold.
 */
export async function verifyToken(
  token: string,
  { key, issuer, now }: { readonly key: KeyObject; readonly issuer: string | string[]; readonly now: Date },
): Promise<{ readonly prefix: string; readonly claims: TokenClaims; readonly signatureHash: string }> {
  const { prefix, jwt, claims, signature } = parseToken(token);
  try {
    const publicKey = key.type === "private" ? createPublicKey(key) : key;
    await jwtVerify(jwt, publicKey, { algorithms: [algorithm], issuer, currentDate: now, clockTolerance });
  } catch (cause) {
    throw new CryptoError("invalid-token", `invalid api token: ${reason(cause)}`, cause);
  }
  return { prefix, claims, signatureHash: signatureHash(signature) };
}

function reason(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ERR_JWT_EXPIRED") return "it has expired";
  if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED") return "it is not valid here or not yet";
  return "its signature does not fit";
}
