import { randomBytes, randomUUID } from "node:crypto";

/** A token with these claims, of the service's form and with a signature that nobody checks. Valid for an hour. */
export function fakeToken(prefix: string, claims: Readonly<Record<string, unknown>>): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const payload = {
    iss: "http://service",
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + 3600,
    ...claims,
  };
  const signature = randomBytes(64).toString("base64url");
  return `${prefix}_${encode({ alg: "ES256", typ: "JWT" })}.${encode(payload)}.${signature}`;
}
