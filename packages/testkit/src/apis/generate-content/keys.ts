/** Members whose content belongs to the caller: their keys stay as they are. */
const opaque = new Set(["parametersJsonSchema", "responseJsonSchema", "args", "response", "partMetadata"]);
/** Members that are maps with keys of the caller's choice and values of the service's. */
const maps = new Set(["properties", "labels"]);

/** The service takes both spellings of a key: `max_output_tokens` becomes `maxOutputTokens`. */
export function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      if (opaque.has(name)) return [name, member];
      if (maps.has(name) && member !== null && typeof member === "object") {
        return [
          name,
          Object.fromEntries(Object.entries(member).map(([own, entry]) => [own, camelKeys(entry)])),
        ];
      }
      return [name, camelKeys(member)];
    }),
  );
}
