import { z } from "zod";
import { numberText, wireObject } from "../wire.ts";

/** Who may call. A runner and an agent only for what is their own; an admin is a user who may do more. */
export type PrincipalKind = "admin" | "user" | "runner" | "agent";

/** One call of the API, as data: server, client and the OpenAPI document are made from it. */
export interface Endpoint {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Parameters in braces, each one percent-escaped segment. */
  readonly path: `/v1/${string}`;
  /** One sentence. */
  readonly summary: string;
  readonly callers: readonly PrincipalKind[];
  /** Status of success: exactly this one, since the reference client takes no other. */
  readonly status: 200 | 201 | 204;
  readonly query?: z.ZodType<object>;
  readonly body?: z.ZodType<object>;
  /** Body of success; absent when there is none. */
  readonly result?: z.ZodType<object>;
  /** The object's version goes in `If-Match`, a bare decimal. */
  readonly ifMatch?: "required" | "optional";
  /** Success is a stream of server-sent events; its result is one event's data. */
  readonly isStream?: true;
  /** Second names under which a page's fields are written. */
  readonly aliases?: { readonly Items?: string; readonly NextToken?: string };
}

/** Keeps the exact types of a definition. */
export function endpoint<const Definition extends Endpoint>(definition: Definition): Definition {
  return definition;
}

export const users = ["admin", "user"] as const satisfies readonly PrincipalKind[];
export const usersAndRunner = [...users, "runner"] as const satisfies readonly PrincipalKind[];
export const usersAndAgent = [...users, "agent"] as const satisfies readonly PrincipalKind[];
export const everybody = [...users, "runner", "agent"] as const satisfies readonly PrincipalKind[];

/** Query of every list. */
export const pageQuery = {
  /** 1 to 500, 10 if absent. */
  maxResults: numberText.optional(),
  /** `NextToken` of the page before. */
  token: z.string().optional(),
};

/** A page of a list. `NextToken` is absent on the last one. */
export function page<Item extends z.ZodType>(item: Item) {
  return wireObject({ Items: z.array(item).default([]), NextToken: z.string().optional() });
}

/** A name that people see in lists: nothing in it controls their terminals. */
export const nameText = z
  .string()
  .max(256)
  .regex(/^\P{Cc}*$/u, "it has control characters");

/** An optional text of a body, of at most so many characters. */
export function optionalText(longest: number) {
  return z.string().max(longest).optional();
}
