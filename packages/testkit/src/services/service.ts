import type { IncomingHttpHeaders } from "node:http";
import type { Api } from "../apis/api.ts";
import type { Failure, Parsed } from "../failure.ts";
import type { ReceivedRequest } from "../received-request.ts";

/** What a service does with one method and path. */
export type Endpoint =
  | { readonly kind: "generate"; readonly api: Api<unknown> }
  /** Answers a JSON body with JSON; keeps nothing. */
  | {
      readonly kind: "compute";
      readonly compute: (body: unknown, headers: IncomingHttpHeaders) => Parsed<object>;
    }
  | { readonly kind: "read"; readonly read: (query: URLSearchParams) => Parsed<object> };

/** A provider: its endpoints, its way of asking for a key, its errors. */
export interface Service {
  /** The methods of a path; undefined when there is no such path. */
  find(
    path: string,
    models: readonly string[],
    query: URLSearchParams,
  ): ReadonlyMap<string, Endpoint> | undefined;
  /** Why the caller is not let in. `now` in Unix milliseconds. */
  authenticate(request: ReceivedRequest, keys: readonly string[], now: number): Failure | undefined;
  unknownPath(method: string, path: string): Failure;
  wrongMethod(method: string, path: string): Failure;
  wrongContentType(type: string | undefined): Failure;
  invalidJson(): Failure;
  unknownModel(model: string): Failure;
  /** What the service says when it fails with a status of its own accord. */
  failureFor(status: number, retryAfter?: number): Failure;
  errorBody(failure: Failure, requestId: string): object;
  /** Headers of every reply. */
  headers(requestId: string): Record<string, string>;
}

/** The header by which most services ask for a pause; nothing when none is asked for. */
export function retryAfterHeader(seconds: number | undefined): Pick<Failure, "headers"> {
  return seconds === undefined ? {} : { headers: { "retry-after": String(seconds) } };
}

/** Lets an API of any request type stand in a table. */
export function generate<Request>(api: Api<Request>): Endpoint {
  return { kind: "generate", api: api as Api<unknown> };
}
