import { z } from "zod";
import { describeFaults, wireObject } from "../wire.ts";
import { requestShapes, responseShapes } from "./shapes.ts";

export type RequestType = keyof typeof requestShapes;
export type ResponseType = keyof typeof responseShapes;

function message<Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return wireObject({ Type: z.literal(type), ...shape });
}

const requestSchemas = {
  PingRequest: message("PingRequest", requestShapes.PingRequest),
  InvokeAgentRequest: message("InvokeAgentRequest", requestShapes.InvokeAgentRequest),
  ListOrgsForGithubConnectionRequest: message(
    "ListOrgsForGithubConnectionRequest",
    requestShapes.ListOrgsForGithubConnectionRequest,
  ),
  SearchRepoRequest: message("SearchRepoRequest", requestShapes.SearchRepoRequest),
  ListRepoBranchesRequest: message("ListRepoBranchesRequest", requestShapes.ListRepoBranchesRequest),
} as const satisfies Record<RequestType, z.ZodType>;

const responseSchemas = {
  PingResponse: message("PingResponse", responseShapes.PingResponse),
  InvokeAgentResponse: message("InvokeAgentResponse", responseShapes.InvokeAgentResponse),
  ListOrgsForGithubConnectionResponse: message(
    "ListOrgsForGithubConnectionResponse",
    responseShapes.ListOrgsForGithubConnectionResponse,
  ),
  SearchRepoResponse: message("SearchRepoResponse", responseShapes.SearchRepoResponse),
  ListRepoBranchesResponse: message("ListRepoBranchesResponse", responseShapes.ListRepoBranchesResponse),
} as const satisfies Record<ResponseType, z.ZodType>;

/** What a server sends to a runner, told apart by `Type`. */
export type RequestMessage = { [Type in RequestType]: z.output<(typeof requestSchemas)[Type]> }[RequestType];
/** What a runner sends back. */
export type ResponseMessage = {
  [Type in ResponseType]: z.output<(typeof responseSchemas)[Type]>;
}[ResponseType];
export type RequestOf<Type extends RequestType> = Extract<RequestMessage, { Type: Type }>;
/** The name of the response to a request: `…Response` for `…Request`. */
type ResponseTypeOf<Type extends RequestType> = Type extends `${infer Stem}Request`
  ? Extract<ResponseType, `${Stem}Response`>
  : never;
export type ResponseTo<Type extends RequestType> = Extract<ResponseMessage, { Type: ResponseTypeOf<Type> }>;

/** One handler for each type of request: a map that lacks one does not compile. */
export type MessageHandlers<Context> = {
  readonly [Type in RequestType]: (request: RequestOf<Type>, context: Context) => Promise<ResponseTo<Type>>;
};

/** A message that was understood, or why it was not and what it called itself. */
export type Parsed<Message> =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly type: string | undefined; readonly reason: string };

/** Reads the plain text of a request. Never throws. */
export function parseRequest(text: string): Parsed<RequestMessage> {
  return parse<RequestMessage>(text, requestSchemas);
}

/** Reads the plain text of a response to a request of the given type. Never throws. */
export function parseResponse<Type extends RequestType>(
  requestType: Type,
  text: string,
): Parsed<ResponseTo<Type>> {
  const type = responseTypeOf(requestType);
  const parsed = parse<ResponseTo<Type>>(text, responseSchemas);
  if (!parsed.ok || parsed.message.Type === type) return parsed;
  return { ok: false, type: parsed.message.Type, reason: `it is a ${parsed.message.Type}, not a ${type}` };
}

/** The name of the response that belongs to a request's name, also for requests that this version does not know. */
export function responseTypeOf(requestType: string): string {
  return requestType.replace(/(Request)?$/, "Response");
}

/** A response that only says what went wrong, for any type of request, known or not. */
export function failureResponse(requestType: string, reason: string): Record<string, unknown> {
  const type = responseTypeOf(requestType);
  const failure = { Type: type, ErrorMessage: reason };
  if (!isKey(responseSchemas, type)) return failure;
  const known: Record<string, unknown> = responseSchemas[type].parse(failure);
  return known;
}

function parse<Message>(text: string, schemas: Readonly<Record<string, z.ZodType>>): Parsed<Message> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, type: undefined, reason: "it is no JSON" };
  }
  const head = headSchema.safeParse(value);
  if (!head.success) return { ok: false, type: undefined, reason: "it has no Type" };
  const type = head.data.Type;
  if (!isKey(schemas, type)) return { ok: false, type, reason: "unsupported message type" };
  const parsed = schemas[type]?.safeParse(value);
  if (!parsed?.success) {
    return { ok: false, type, reason: parsed ? describeFaults(parsed.error) : "unsupported message type" };
  }
  return { ok: true, message: parsed.data as Message };
}

const headSchema = wireObject({ Type: z.string() });

function isKey<Table extends object>(table: Table, key: string): key is Extract<keyof Table, string> {
  return Object.hasOwn(table, key);
}
