import type { ErrorObject, ValidateFunction } from "ajv";
import { describeAllowed, oneOf } from "./allowed.ts";
import { displayValue } from "./display-value.ts";
import { validate } from "./generated/validate.ts";
import { type KeySchema, resolveSchema } from "./key-schema.ts";
import { nearest } from "./nearest.ts";
import { currentVersion } from "./older-forms/version.ts";
import type { Path, Problem } from "./problem.ts";

export interface SchemaResult {
  readonly problems: readonly Problem[];
  /** Keys and values of the language that this release does not serve. */
  readonly unserved: readonly Problem[];
  /** Whether the shape allows the cross-field rules to be checked as well. */
  readonly isSound: boolean;
}

const harmlessCodes: ReadonlySet<string> = new Set(["unknown-key", "version"]);

/** Whether a problem of the shape leaves the other keys with their right types. */
export function isHarmless({ code }: Problem): boolean {
  return harmlessCodes.has(code);
}

/** Checks a file's content against the schema and tells everything that is wrong. */
export function checkShape(value: unknown): SchemaResult {
  if (value === null || value === undefined) {
    const problem = { code: "empty", message: "the file is empty", path: [] };
    return { problems: [problem], unserved: [], isSound: false };
  }
  validate(value);
  const found = ((validate as ValidateFunction).errors ?? []).map(toProblem);
  const problems = found.filter(({ code }) => code !== "not-served");
  return {
    problems,
    unserved: found.filter(({ code }) => code === "not-served"),
    isSound: problems.every(isHarmless),
  };
}

function toProblem(error: ErrorObject): Problem {
  const path = pointerToPath(error.instancePath);
  const secret = schemaOf(error)["x-secret"] === true;
  const value = secret ? undefined : displayValue(error.data, path);
  const allowed = describeAllowed(schemaOf(error));
  const problem = (code: string, message: string, suggestion?: string): Problem => ({
    code,
    message,
    path,
    allowed,
    ...(value === undefined ? {} : { value }),
    ...(suggestion === undefined ? {} : { suggestion }),
  });
  const last = path.at(-1);
  switch (error.keyword) {
    case "additionalProperties":
      return unknownKey(error, path);
    case "x-not-served":
      return { code: "not-served", message: `${quote(last)} is not served by this release`, path };
    case "x-not-served-values":
      return problem("not-served", `\`${last}: ${error.data}\` is not served by this release`);
    case "required":
      return requiredKey(error, path);
    case "enum":
      return enumProblem(error, path, problem);
    case "type":
      return problem("type", `${quote(last)} must be ${allowed}`);
    case "pattern":
      return problem("duration", `${quote(last)} must be ${allowed}`);
    case "minLength":
    case "minItems":
      return problem("empty-value", `${quote(last)} must not be empty`);
    default:
      return problem("out-of-range", `${quote(last)} must be ${allowed}`);
  }
}

function schemaOf(error: ErrorObject): KeySchema {
  return (error.parentSchema ?? {}) as KeySchema;
}

function unknownKey(error: ErrorObject, parent: Path): Problem {
  const key = String(error.params.additionalProperty);
  const path = [...parent, key];
  const properties = Object.entries(schemaOf(error).properties ?? {});
  const suggestion = nearest(
    key,
    properties.map(([name]) => name),
  );
  const known = properties.filter(([, schema]) => schema.deprecated !== true).map(([name]) => name);
  const found = (error.data as Record<string, unknown>)[key];
  const value = displayValue(found, suggestion === undefined ? path : [...path, suggestion]);
  return {
    code: "unknown-key",
    message: `unknown key ${quote(key)}${suggestion === undefined ? `; known here: ${known.join(", ")}` : ""}`,
    path,
    allowed: oneOf(known),
    ...(value === undefined ? {} : { value }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function requiredKey(error: ErrorObject, path: Path): Problem {
  const key = String(error.params.missingProperty);
  const code = path.length === 0 && key === "version" ? "version" : "missing-key";
  const wanted = schemaOf(error).properties?.[key];
  const allowed = wanted === undefined ? {} : { allowed: describeAllowed(resolveSchema(wanted)) };
  return { code, message: `${quote(key)} is missing`, path, ...allowed };
}

function enumProblem(
  error: ErrorObject,
  path: Path,
  problem: (code: string, message: string, suggestion?: string) => Problem,
): Problem {
  const message = `${quote(path.at(-1))} must be ${describeAllowed(schemaOf(error))}`;
  if (path[0] === "version") return problem("version", message, currentVersion);
  const allowed = (error.params.allowedValues as unknown[]).map(String);
  return problem(
    "not-allowed",
    message,
    typeof error.data === "string" ? nearest(error.data, allowed) : undefined,
  );
}

/** JSON pointer → path. Positions of lists become numbers. */
function pointerToPath(pointer: string): Path {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}

function quote(segment: string | number | undefined): string {
  if (segment === undefined) return "the file";
  return typeof segment === "number" ? `entry ${segment}` : `\`${segment}\``;
}
