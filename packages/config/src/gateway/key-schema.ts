import { schema } from "./generated/schema.ts";

/** What the schema says of a key. */
export interface KeySchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly deprecated?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly additionalProperties?: boolean | KeySchema;
  readonly items?: KeySchema;
  readonly "x-not-served"?: boolean;
  readonly "x-not-served-values"?: readonly string[];
  readonly "x-secret"?: boolean;
}

/** What the schema says of a whole file. */
export const rootSchema: KeySchema = schema;

/** Puts a definition in the place of the reference to it; what stands beside the reference wins. */
export function resolveSchema(key: KeySchema): KeySchema {
  if (key.$ref === undefined) return key;
  const definitions = schema.definitions as Readonly<Record<string, KeySchema>>;
  const { $ref, ...beside } = key;
  return { ...definitions[$ref.replace("#/definitions/", "")], ...beside };
}

/** Whether a value is an object of a configuration file. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
