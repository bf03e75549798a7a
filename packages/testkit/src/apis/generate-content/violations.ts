import type { z } from "zod";
import { type Failure, firstViolation, valueAt } from "../../failure.ts";

/** A 400 in the service's words; the field goes into the details. */
export function geminiInvalid(message: string, field?: string): Failure {
  const details =
    field === undefined
      ? []
      : [
          {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            fieldViolations: [{ field, description: message }],
          },
        ];
  return { status: 400, type: "INVALID_ARGUMENT", message, details };
}

/** `generation_config.stop_sequences[0]`, the way the service spells a path. */
function geminiPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const name = String(key).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

/** Turns a schema error into the answer that the service gives for it. */
export function geminiViolation(error: z.ZodError, body: unknown): Failure {
  const { path, issue } = firstViolation(error);
  const where = geminiPath(path);
  const value = valueAt(body, path);
  if (issue.code === "unrecognized_keys") {
    const at = where === "" ? "" : ` at '${where}'`;
    return geminiInvalid(
      `Invalid JSON payload received. Unknown name "${issue.keys[0]}"${at}: Cannot find field.`,
      where,
    );
  }
  if (where === "contents")
    return geminiInvalid("* GenerateContentRequest.contents: contents is not specified\n");
  if (value === undefined)
    return geminiInvalid(`* GenerateContentRequest.${where}: required field is missing\n`, where);
  if (issue.code === "invalid_type" || issue.code === "invalid_union") {
    const expected = "expected" in issue ? String(issue.expected).toUpperCase() : "another type";
    return geminiInvalid(`Invalid value at '${where}' (TYPE_${expected}), ${JSON.stringify(value)}`, where);
  }
  if (issue.code === "invalid_value") {
    return geminiInvalid(`Invalid value at '${where}' (TYPE_ENUM), ${JSON.stringify(value)}`, where);
  }
  if (issue.code === "custom" || issue.code === "invalid_format") {
    return geminiInvalid(`Invalid value at '${where}': ${issue.message}`, where);
  }
  return geminiInvalid(`* GenerateContentRequest.${where}: ${issue.message}\n`, where);
}
