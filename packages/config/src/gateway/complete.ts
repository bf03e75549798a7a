import type { CompleteConfig, Listener } from "./generated/complete-config.ts";
import { isRecord, type KeySchema, resolveSchema, rootSchema } from "./key-schema.ts";

/**
 * Fills in the defaults of a configuration in today's form, those of the schema and those that follow
 * from other keys. Keys come in the order of the schema. Defaults of what is not served stay out.
 */
export function complete(modern: unknown): CompleteConfig {
  const { version, listeners, ...config } = fill(modern, rootSchema) as PartlyComplete;
  return {
    version,
    listeners: completeListeners(listeners ?? []),
    ...config,
    model_providers: config.model_providers.map(({ model, name = trimmedModel(model), ...provider }) => ({
      model,
      name,
      ...provider,
    })),
  };
}

/** The first `/` separates provider and model; blanks around the parts are of no matter. */
export function trimmedModel(model: string): string {
  return model
    .split("/")
    .map((segment) => segment.trim())
    .join("/");
}

/** A configuration before the defaults that follow from other keys. */
type PartlyComplete = Omit<CompleteConfig, "listeners" | "model_providers"> & {
  readonly listeners?: readonly WrittenListener[] | null;
  readonly model_providers: readonly (Omit<CompleteConfig["model_providers"][number], "name"> & {
    readonly name?: string;
  })[];
};
type WrittenListener = Omit<Listener, "timeout"> & { readonly timeout?: string | number };

/** The listener that is there when a file has none for models. */
const usualListener: WrittenListener = { type: "model", name: "egress_traffic", address: "127.0.0.1" };

const usualPorts: Readonly<Record<Listener["type"], number | undefined>> = {
  model: 12000,
  prompt: 10000,
  agent: undefined,
};

function completeListeners(written: readonly WrittenListener[]): Listener[] {
  const hasModels = written.some(({ type }) => type === "model");
  return [...written, ...(hasModels ? [] : [usualListener])].map(({ type, name, address, ...rest }) => {
    const port = rest.port ?? usualPorts[type];
    const timeout = rest.timeout ?? (type === "agent" ? "30s" : "300s");
    return { type, name, address, ...(port === undefined ? {} : { port }), ...rest, timeout };
  });
}

function fill(value: unknown, written: KeySchema): unknown {
  const schema = resolveSchema(written);
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => fill(item, items));
  }
  if (!isRecord(value)) return value;
  const { additionalProperties: others } = schema;
  if (schema.properties === undefined) {
    if (typeof others !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fill(entry, others)]));
  }
  return Object.fromEntries(
    Object.entries(schema.properties).flatMap(([key, property]) => {
      if (property.deprecated === true) return [];
      const found = value[key] ?? (property["x-not-served"] === true ? undefined : property.default);
      return found === undefined ? [] : [[key, fill(found, property)]];
    }),
  );
}
