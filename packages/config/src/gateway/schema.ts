import { Ajv, type ErrorObject } from "ajv";
import { displayValue } from "./display-value.ts";
import { parseDuration } from "./duration.ts";
import { schema } from "./generated/schema.ts";
import { nearest } from "./nearest.ts";
import type { Path, Problem } from "./problem.ts";

export interface SchemaResult {
  readonly problems: readonly Problem[];
  /** Keys and values of the language that this release does not serve. */
  readonly unserved: readonly Problem[];
  /** Whether the shape allows the cross-field rules to be checked as well. */
  readonly isSound: boolean;
}

/** Problems that leave the other keys with their right types. */
const harmlessCodes: ReadonlySet<string> = new Set(["unknown-key", "version"]);

/** Checks a file's content against the schema and tells everything that is wrong. */
export function checkShape(value: unknown): SchemaResult {
  if (value === null || value === undefined) {
    const problem = { code: "empty", message: "the file is empty", path: [] };
    return { problems: [problem], unserved: [], isSound: false };
  }
  const validate = createValidator();
  validate(value);
  const found = (validate.errors ?? []).map(toProblem);
  const problems = found.filter(({ code }) => code !== "not-served");
  return {
    problems,
    unserved: found.filter(({ code }) => code === "not-served"),
    isSound: problems.every(({ code }) => harmlessCodes.has(code)),
  };
}

function createValidator() {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false });
  ajv.addKeyword({ keyword: "x-not-served", schemaType: "boolean", validate: () => false });
  ajv.addKeyword({
    keyword: "x-not-served-values",
    schemaType: "array",
    validate: (values: unknown[], found: unknown) => !values.includes(found),
  });
  ajv.addKeyword({ keyword: "x-secret", schemaType: "boolean" });
  ajv.addKeyword({ keyword: "x-default-depends", schemaType: "boolean" });
  ajv.addFormat("plano-duration", {
    type: "string",
    validate: (text: string) => parseDuration(text) !== undefined,
  });
  return ajv.compile(schema);
}

function toProblem(error: ErrorObject): Problem {
  const path = pointerToPath(error.instancePath);
  const secret = (error.parentSchema as { "x-secret"?: boolean } | undefined)?.["x-secret"] === true;
  const value = secret ? undefined : displayValue(error.data, path);
  const problem = (code: string, message: string, suggestion?: string): Problem => ({
    code,
    message,
    path,
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
      return problem("type", `${quote(last)} must be ${describeTypes(error.params.type)}`);
    case "format":
      return problem("duration", `${quote(last)} is not a length of time; write 300ms, 5s, 1m or 1h30m`);
    case "minLength":
    case "minItems":
      return problem("empty-value", `${quote(last)} must not be empty`);
    default:
      return problem("out-of-range", `${quote(last)} ${error.message ?? "is not allowed"}`);
  }
}

function unknownKey(error: ErrorObject, parent: Path): Problem {
  const key = String(error.params.additionalProperty);
  const path = [...parent, key];
  const properties = Object.entries((error.parentSchema?.properties ?? {}) as Record<string, object>);
  const suggestion = nearest(
    key,
    properties.map(([name]) => name),
  );
  const served = properties
    .filter(([, schema]) => !("x-not-served" in schema || "deprecated" in schema))
    .map(([name]) => name);
  const found = (error.data as Record<string, unknown>)[key];
  const value = displayValue(found, suggestion === undefined ? path : [...path, suggestion]);
  return {
    code: "unknown-key",
    message: `unknown key ${quote(key)}${suggestion === undefined ? `; known here: ${served.join(", ")}` : ""}`,
    path,
    ...(value === undefined ? {} : { value }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function requiredKey(error: ErrorObject, path: Path): Problem {
  const key = String(error.params.missingProperty);
  const code = path.length === 0 && key === "version" ? "version" : "missing-key";
  return { code, message: `${quote(key)} is missing`, path };
}

function enumProblem(
  error: ErrorObject,
  path: Path,
  problem: (code: string, message: string, suggestion?: string) => Problem,
): Problem {
  const allowed = (error.params.allowedValues as unknown[]).map(String);
  const suggestion = typeof error.data === "string" ? nearest(error.data, allowed) : undefined;
  return problem(
    path[0] === "version" ? "version" : "not-allowed",
    `${quote(path.at(-1))} must be ${allowed.length === 1 ? "" : "one of "}${allowed.join(", ")}`,
    suggestion,
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

function describeTypes(types: unknown): string {
  const words: Readonly<Record<string, string>> = {
    array: "a list",
    boolean: "true or false",
    integer: "a whole number",
    null: "empty",
    number: "a number",
    object: "an object",
    string: "text",
  };
  const list = (Array.isArray(types) ? types : String(types).split(",")).map(
    (type) => words[String(type)] ?? String(type),
  );
  return list.filter((word, index) => word !== "empty" || index === 0).join(" or ");
}

function quote(segment: string | number | undefined): string {
  if (segment === undefined) return "the file";
  return typeof segment === "number" ? `entry ${segment}` : `\`${segment}\``;
}
