import { describeFaults, type Endpoint } from "@plano/protocol";
import type { Context } from "hono";
import { z } from "zod";
import { badRequest, tooLarge } from "./failure.ts";

/** What a request says, checked against its endpoint. Throws a 400 that says where it is wrong. */
export interface ReadCall {
  readonly query: object | undefined;
  readonly body: object | undefined;
  readonly ifMatch: number | undefined;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Parameters that are no ids. */
const freeParameters: ReadonlySet<string> = new Set(["org", "repo", "turnIndex"]);
/** The largest bodies: a message of 2 MB in base64, the rest by what their fields may hold. */
const bodyLimits: Readonly<Record<string, number>> = {
  writeResponse: 6 * 1024 * 1024,
  uploadTurnLogs: 1_048_576,
};
const usualBodyLimit = 2 * 1024 * 1024;

/** Checks the parameters of a path. */
export function readPath(path: Readonly<Record<string, string>>, isCreation: boolean): void {
  for (const [name, value] of Object.entries(path)) {
    if (value === "" || value.length > 256 || value.includes("\u0000"))
      throw badRequest(`${name} is empty, too long or no text`);
    if (name === "turnIndex" && !/^[1-9]\d{0,8}$/.test(value))
      throw badRequest("the turn's index must be 1 or more");
    if (isCreation && !freeParameters.has(name) && !uuid.test(value)) {
      throw badRequest(`${name} must be a UUID, such as ${crypto.randomUUID()}`);
    }
  }
}

/** Reads query, body and `If-Match`. */
export async function readCall(context: Context, name: string, endpoint: Endpoint): Promise<ReadCall> {
  return {
    query: endpoint.query && parse("query", endpoint.query, readQuery(context)),
    body: endpoint.body && parse("body", endpoint.body, await readBody(context, name)),
    ifMatch: endpoint.ifMatch && readIfMatch(context.req.header("if-match"), endpoint.ifMatch),
  };
}

function parse(what: string, schema: z.ZodType<object>, value: unknown): object {
  const parsed = z.safeParse(schema, value);
  if (!parsed.success) throw badRequest(`${what}: ${describeFaults(parsed.error)}`);
  return parsed.data;
}

function readQuery(context: Context): Record<string, string> {
  const query = context.req.query();
  for (const [name, value] of Object.entries(query)) {
    if (value.includes("\u0000")) throw badRequest(`query: ${name}: it is no text`);
  }
  return query;
}

async function readBody(context: Context, name: string): Promise<unknown> {
  const limit = bodyLimits[name] ?? usualBodyLimit;
  const text = await readText(context, limit);
  if (text === "") return {};
  try {
    return unstorable.test(text) ? JSON.parse(text, storable) : JSON.parse(text);
  } catch {
    throw badRequest("the body is no JSON");
  }
}

/** Escapes of what the database takes in no text: zero, and halves of characters. */
const unstorable = /\\u(0000|d[89a-f])/i;

function storable(_key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value.replaceAll("\u0000", "").toWellFormed();
}

async function readText({ req }: Context, limit: number): Promise<string> {
  const tooLong = () => tooLarge(`the body may have ${limit} bytes at most`);
  const length = req.header("content-length");
  if (Number(length ?? 0) > limit) throw tooLong();
  if (length !== undefined) return req.raw.text();
  if (!req.raw.body) return "";
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of req.raw.body) {
    size += piece.length;
    if (size > limit) throw tooLong();
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function readIfMatch(header: string | undefined, need: "required" | "optional"): number | undefined {
  if (header === undefined) {
    if (need === "optional") return undefined;
    throw badRequest("the header If-Match is missing: it names the version that is to be changed");
  }
  const match = /^"?(\d{1,9})"?$/.exec(header.trim());
  if (!match?.[1]) throw badRequest("the header If-Match must be a version, such as 7");
  return Number(match[1]);
}
