import { createHash } from "node:crypto";
import { CryptoError } from "./crypto-error.ts";

/** Prefixes of tokens by what their bearer is. */
export const tokenPrefixes = { runner: "p42r", agent: "p42", user: "p42u" } as const;

/** The claims of a token that this product reads or writes; others may be there. */
export interface TokenClaims {
  /** Tenant id. */
  readonly sub?: string;
  readonly iss?: string;
  readonly aud?: string;
  /** Token id. */
  readonly jti?: string;
  /** Seconds since 1970, as all times here. */
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly principal_type?: string;
  readonly runner_id?: string;
  readonly task_id?: string;
  readonly turn_index?: number;
}

/** A token taken apart. Nothing about it has been verified. */
export interface ParsedToken {
  readonly prefix: string;
  readonly jwt: string;
  readonly claims: TokenClaims;
  /** The bytes of the JWT's signature. */
  readonly signature: Buffer;
}

/** What a runner needs to know of its own token. */
export interface RunnerToken {
  readonly tenantId: string;
  readonly runnerId: string;
  readonly tokenId: string | undefined;
  readonly issuer: string | undefined;
  readonly expiresAt: Date | undefined;
}

/** Takes `prefix_JWT` apart at the first underscore, without verifying it. Throws `invalid-token`. */
export function parseToken(token: string): ParsedToken {
  const separator = token.indexOf("_");
  if (separator < 1) throw invalid("invalid api token: it has no prefix");
  const jwt = token.slice(separator + 1);
  return { prefix: token.slice(0, separator), jwt, ...parseJwt(jwt) };
}

/** Reads a runner's token, `p42r_` and a JWT, without verifying it. Throws `invalid-token`. */
export function parseRunnerToken(token: string): RunnerToken {
  if (!token.startsWith(`${tokenPrefixes.runner}_`)) throw invalid("api token is not a runner token");
  const { claims } = parseToken(token);
  const { sub, runner_id, exp, iss, jti } = claims;
  if (!sub || !runner_id) throw invalid(`invalid api token: it has no ${sub ? "runner_id" : "sub"}`);
  return {
    tenantId: sub,
    runnerId: runner_id,
    tokenId: jti,
    issuer: iss,
    expiresAt: exp === undefined ? undefined : new Date(exp * 1000),
  };
}

/** Whether two tokens are of one runner, so that its queues and jobs go on with either. */
export function isSameRunner(one: string, other: string): boolean {
  try {
    const [first, second] = [parseRunnerToken(one), parseRunnerToken(other)];
    return first.tenantId === second.tenantId && first.runnerId === second.runnerId;
  } catch {
    return false;
  }
}

/** Base64 of the SHA-256 of a token's signature: what a server keeps of a token. */
export function signatureHash(signature: Uint8Array): string {
  return createHash("sha256").update(signature).digest("base64");
}

function parseJwt(jwt: string): Pick<ParsedToken, "claims" | "signature"> {
  const [header, payload, signature, ...rest] = jwt.split(".");
  if (!header || !payload || !signature || rest.length > 0)
    throw invalid("invalid api token: invalid jwt token");
  decodeJson(header);
  return { claims: checkClaims(decodeJson(payload)), signature: decodeBase64Url(signature) };
}

function decodeBase64Url(text: string): Buffer {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) throw invalid("invalid api token: invalid jwt token");
  return Buffer.from(text, "base64url");
}

function decodeJson(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(decodeBase64Url(part).toString());
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The cause could quote the token, which must not get into a log.
  }
  throw invalid("invalid api token: invalid jwt token");
}

const claimTypes = {
  sub: "string",
  iss: "string",
  aud: "string",
  jti: "string",
  exp: "number",
  nbf: "number",
  iat: "number",
  principal_type: "string",
  runner_id: "string",
  task_id: "string",
  turn_index: "number",
} as const satisfies Record<keyof TokenClaims, "string" | "number">;

function checkClaims(claims: Record<string, unknown>): TokenClaims {
  for (const [name, type] of Object.entries(claimTypes)) {
    const value = claims[name];
    if (value !== undefined && typeof value !== type) {
      throw invalid(`invalid api token: its claim ${name} is no ${type}`);
    }
  }
  return claims;
}

function invalid(message: string): CryptoError {
  return new CryptoError("invalid-token", message);
}
