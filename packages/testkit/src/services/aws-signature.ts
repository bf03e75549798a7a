import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ReceivedRequest } from "../received-request.ts";

/** A key pair as AWS gives them out. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Why a signature does not hold; undefined when it does. */
export type SignatureFault =
  | "incomplete"
  | "unknown-key"
  | "wrong-scope"
  | "expired"
  | "unsigned-header"
  | "wrong-payload"
  | "wrong-token"
  | "mismatch";

const maxSkewMs = 5 * 60 * 1000;

/**
 * Verifies an AWS Signature Version 4 in full. `now` in Unix milliseconds.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function findSignatureFault(
  request: ReceivedRequest,
  credentials: AwsCredentials,
  service: string,
  now: number,
): SignatureFault | undefined {
  const given = parseAuthorization(request.headers.authorization ?? "");
  const date = header(request, "x-amz-date");
  if (!given || date === undefined) return "incomplete";
  const [accessKeyId, day, region, scopeService, terminator] = given.credential.split("/");
  if (accessKeyId !== credentials.accessKeyId) return "unknown-key";
  if (
    scopeService !== service ||
    terminator !== "aws4_request" ||
    region === "" ||
    day !== date.slice(0, 8)
  ) {
    return "wrong-scope";
  }
  const time = parseDate(date);
  if (time === undefined || Math.abs(now - time) > maxSkewMs) return "expired";
  const present = Object.keys(request.headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  const isSorted = given.signedHeaders.join() === [...given.signedHeaders].sort().join();
  if (!isSorted || present.some((name) => !given.signedHeaders.includes(name))) return "unsigned-header";
  const payloadHash = sha256(request.body);
  const declared = header(request, "x-amz-content-sha256");
  if (declared !== undefined && declared !== payloadHash) return "wrong-payload";
  if (header(request, "x-amz-security-token") !== credentials.sessionToken) return "wrong-token";

  const scope = [day, region, service, "aws4_request"].join("/");
  const toSign = [
    "AWS4-HMAC-SHA256",
    date,
    scope,
    sha256(canonical(request, given.signedHeaders, payloadHash)),
  ];
  const key = ["aws4_request", service, region ?? "", day ?? ""].reduceRight<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const expected = hmac(key, toSign.join("\n"));
  const actual = Buffer.from(given.signature, "hex");
  return actual.length === expected.length && timingSafeEqual(actual, expected) ? undefined : "mismatch";
}

interface Authorization {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(text: string): Authorization | undefined {
  const [, credential, signedHeaders, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      text,
    ) ?? [];
  if (credential === undefined || signedHeaders === undefined || signature === undefined) return undefined;
  return { credential, signedHeaders: signedHeaders.split(";"), signature };
}

function canonical(request: ReceivedRequest, signedHeaders: readonly string[], payloadHash: string): string {
  const [path = "/", query = ""] = request.target.split("?", 2);
  return [
    request.method,
    // The path is encoded once more than it is on the wire.
    path.split("/").map(encode).join("/"),
    query
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
      .sort()
      .join("&"),
    ...signedHeaders.map((name) => `${name}:${(header(request, name) ?? "").trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

function encode(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function header(request: ReceivedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

function parseDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function sha256(data: Buffer | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
