import { createPrivateKey } from "node:crypto";
import { expect, test } from "vitest";
import { generateSigningKey, issueToken, verifyToken } from "./signing.ts";
import { parseRunnerToken, parseToken, tokenPrefixes } from "./token.ts";

const issuer = "https://plan42.example";
const key = createPrivateKey(generateSigningKey());
const now = new Date("2026-11-21T08:00:00Z");
const seconds = now.getTime() / 1000;
const claims = {
  iss: issuer,
  sub: "tenant",
  runner_id: "runner",
  jti: "id",
  iat: seconds,
  exp: seconds + 3600,
};

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (payload: unknown) => `${part({ alg: "none" })}.${part(payload)}.c2ln`;

test("a token that was issued verifies and names its runner", async () => {
  const issued = await issueToken(tokenPrefixes.runner, claims, { key, keyId: "1" });
  expect(await verifyToken(issued.token, { key, issuer, now })).toEqual({
    prefix: "p42r",
    claims,
    signatureHash: issued.signatureHash,
  });
  expect(parseRunnerToken(issued.token)).toEqual({
    tenantId: "tenant",
    runnerId: "runner",
    tokenId: "id",
    issuer,
    expiresAt: new Date("2026-11-21T09:00:00Z"),
  });
});

test.each([
  ["another key", { key: createPrivateKey(generateSigningKey()), issuer, now }, "its signature does not fit"],
  ["another issuer", { key, issuer: "https://else.example", now }, "it is not valid here or not yet"],
  ["two hours later", { key, issuer, now: new Date(now.getTime() + 7_200_000) }, "it has expired"],
])("a token is refused for %s", async (_name, expected, reason) => {
  const { token } = await issueToken("p42r", claims, { key, keyId: "1" });
  await expect(verifyToken(token, expected)).rejects.toThrow(`invalid api token: ${reason}`);
});

test("a token that begins only later is refused, a clock that is a little behind is not", async () => {
  const { token } = await issueToken("p42r", { ...claims, nbf: seconds + 90 }, { key, keyId: "1" });
  await expect(verifyToken(token, { key, issuer, now })).rejects.toThrow("not yet");
  await verifyToken(token, { key, issuer, now: new Date(now.getTime() + 45_000) });
});

test("an unsigned token is refused", async () => {
  await expect(verifyToken(`p42r_${jwt(claims)}`, { key, issuer, now })).rejects.toThrow("signature");
});

test("the prefix ends at the first underscore", () => {
  const [header, payload] = jwt({ sub: "t" }).split(".");
  expect(parseToken(`p42_${header}.${payload}.a_b_c-`)).toMatchObject({
    prefix: "p42",
    claims: { sub: "t" },
  });
});

test.each([
  ["p42_x.y.z", "api token is not a runner token"],
  ["", "api token is not a runner token"],
  ["p42r_abc", "invalid jwt token"],
  [`p42r_${jwt(claims)}.extra`, "invalid jwt token"],
  [`p42r_${jwt(claims)}=`, "invalid jwt token"],
  ["p42r_a.b.c", "invalid jwt token"],
  [`p42r_${jwt(["list"])}`, "invalid jwt token"],
  [`p42r_${jwt({ sub: "t" })}`, "it has no runner_id"],
  [`p42r_${jwt({ runner_id: "r" })}`, "it has no sub"],
  [`p42r_${jwt({ sub: "t", runner_id: 7 })}`, "its claim runner_id is no string"],
])("no runner token: %s", (token, message) => {
  expect(() => parseRunnerToken(token)).toThrow(message);
  if (token.length > 20) expect(() => parseRunnerToken(token)).not.toThrow(token.slice(-20));
});
