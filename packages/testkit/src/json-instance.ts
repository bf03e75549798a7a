type Schema = Readonly<Record<string, unknown>>;

/**
 * A value that fits a JSON schema: its strings are the text given, its numbers 1, its lists of one item, its
 * objects with every property. Without a schema, an object with the text. Type names may be in upper case.
 */
export function jsonInstance(schema: unknown, text: string): unknown {
  if (schema === undefined) return { echo: text };
  return build(schema, text, isSchema(schema) ? schema : {}, 0);
}

/** Deep enough for any schema of a test, shallow enough for one that refers to itself. */
const maxDepth = 8;

function build(schema: unknown, text: string, root: Schema, depth: number): unknown {
  if (!isSchema(schema) || depth > maxDepth) return text;
  if (typeof schema.$ref === "string") return build(resolve(root, schema.$ref), text, root, depth + 1);
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  for (const name of ["anyOf", "oneOf", "allOf"]) {
    const [first] = Array.isArray(schema[name]) ? schema[name] : [];
    if (first !== undefined) return build(first, text, root, depth + 1);
  }
  switch (typeOf(schema)) {
    case "object":
      return Object.fromEntries(
        Object.entries(isSchema(schema.properties) ? schema.properties : {}).map(([name, property]) => [
          name,
          build(property, text, root, depth + 1),
        ]),
      );
    case "array":
      return [build(schema.items ?? { type: "string" }, text, root, depth + 1)];
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return text;
  }
}

function typeOf(schema: Schema): string {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (typeof type === "string") return type.toLowerCase();
  return "properties" in schema ? "object" : "string";
}

function resolve(root: Schema, reference: string): unknown {
  return reference
    .replace(/^#\/?/, "")
    .split("/")
    .filter((step) => step !== "")
    .reduce<unknown>((at, step) => (isSchema(at) ? at[step] : undefined), root);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
