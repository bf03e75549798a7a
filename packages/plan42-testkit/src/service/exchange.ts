import type { IncomingHttpHeaders } from "node:http";

/** A request as the service sees it, whatever way it came. */
export interface ServiceRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Reads the body; empty without one. */
  body(): Promise<string>;
}

/** What becomes of a request. */
export type ServiceOutcome =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The connection is reset. */
  | { readonly kind: "reset" }
  /** The connection stays open and nothing comes. */
  | { readonly kind: "silence" };

/** Serves a request; `closed` aborts when nobody waits for the answer any more. */
export type Exchange = (request: ServiceRequest, closed: AbortSignal) => Promise<ServiceOutcome>;
