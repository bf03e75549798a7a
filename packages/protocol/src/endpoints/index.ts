import type { z } from "zod";
import type { Endpoint } from "./endpoint.ts";
import { environmentEndpoints } from "./environments.ts";
import { githubConnectionEndpoints } from "./github-connections.ts";
import { queueEndpoints } from "./queues.ts";
import { runnerEndpoints } from "./runners.ts";
import { serverEndpoints } from "./server.ts";
import { taskEndpoints } from "./tasks.ts";
import { tenantEndpoints } from "./tenants.ts";
import { turnEndpoints } from "./turns.ts";

/** Every call of the API by name. */
export const endpoints = {
  ...serverEndpoints,
  ...tenantEndpoints,
  ...runnerEndpoints,
  ...queueEndpoints,
  ...githubConnectionEndpoints,
  ...environmentEndpoints,
  ...taskEndpoints,
  ...turnEndpoints,
} as const satisfies Readonly<Record<string, Endpoint>>;

export type EndpointName = keyof typeof endpoints;
type Definition<Name extends EndpointName> = (typeof endpoints)[Name];

type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Parameters<Rest>
  : never;
/** Parameters of a call's path, unescaped. */
export type PathOf<Name extends EndpointName> = Readonly<
  Record<Parameters<Definition<Name>["path"]>, string>
>;
type Field<Name extends EndpointName, Key extends "query" | "body" | "result"> =
  Definition<Name> extends Readonly<Record<Key, infer Schema extends z.ZodType>>
    ? z.output<Schema>
    : undefined;
export type QueryOf<Name extends EndpointName> = Field<Name, "query">;
export type BodyOf<Name extends EndpointName> = Field<Name, "body">;
export type ResultOf<Name extends EndpointName> = Field<Name, "result">;

/** The path of a call with its parameters put in, each escaped as one segment. */
export function pathOf<Name extends EndpointName>(name: Name, parameters: PathOf<Name>): string {
  const values: Readonly<Record<string, string>> = parameters;
  return endpoints[name].path.replace(/\{(\w+)\}/g, (_whole, parameter: string) =>
    encodeURIComponent(values[parameter] ?? ""),
  );
}
