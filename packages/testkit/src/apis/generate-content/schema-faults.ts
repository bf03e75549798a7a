import type { OpenApiSchema } from "./schema.ts";

/** What is wrong with a schema of the OpenAPI kind. */
export function schemaFault(schema: OpenApiSchema, where: string): string | undefined {
  const type = schema.type?.toUpperCase();
  if (type === "OBJECT" && schema.properties && Object.keys(schema.properties).length === 0) {
    return `${where}.properties: should be non-empty for OBJECT type`;
  }
  if (type === "ARRAY" && !schema.items) return `${where}.items: missing field.`;
  if (schema.enum && type !== "STRING") return `${where}.enum: only allowed for STRING type`;
  const undefinedName = schema.required?.find((name) => !schema.properties?.[name]);
  if (undefinedName !== undefined) return `${where}.required: property is not defined: ${undefinedName}`;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const fault = schemaFault(property, `${where}.properties[${name}]`);
    if (fault !== undefined) return fault;
  }
  if (schema.items) return schemaFault(schema.items, `${where}.items`);
  for (const option of schema.anyOf ?? []) {
    const fault = schemaFault(option, `${where}.any_of`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** In JSON schema, nothing but other `$` keys may stand beside a `$ref`. */
export function referenceFault(schema: unknown, where: string): string | undefined {
  if (Array.isArray(schema)) {
    for (const member of schema) {
      const fault = referenceFault(member, where);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (schema === null || typeof schema !== "object") return undefined;
  if ("$ref" in schema && Object.keys(schema).some((key) => !key.startsWith("$"))) {
    return `${where}: no other properties, except for those starting with a $, may be set beside $ref`;
  }
  return referenceFault(Object.values(schema), where);
}
