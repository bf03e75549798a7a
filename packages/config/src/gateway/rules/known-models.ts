import { nearest } from "../nearest.ts";
import type { DraftProvider } from "../normalize.ts";
import type { Path } from "../problem.ts";
import { knownProviders } from "../provider-table.ts";
import { type Finding, failure } from "./rule.ts";

/** Whether a name that a file has for a model means this provider. */
function serves(provider: DraftProvider, name: string): boolean {
  if (!provider.isWildcard) return [provider.modelId, provider.fullModel, provider.name].includes(name);
  const prefix = name.split("/", 1)[0] ?? "";
  if (!name.includes("/")) return false;
  return (
    prefix === provider.prefix || (provider.known !== undefined && isSpellingOf(prefix, provider.known.id))
  );
}

/** A finding for a name that means no configured model, with the ones there are; none if it means one. */
export function unknownModel(
  code: string,
  path: Path,
  name: string,
  subject: string,
  providers: readonly DraftProvider[],
): Finding[] {
  if (providers.some((provider) => serves(provider, name))) return [];
  const named = providers.filter(({ isWildcard, modelId }) => !isWildcard && modelId !== "");
  const models = [...new Set(named.flatMap(({ fullModel, modelId }) => [fullModel, modelId]))];
  const known = models.length === 0 ? "" : `; models: ${models.join(", ")}`;
  return [
    failure(code, path, `${subject} is not a configured model${known}`, {
      value: name,
      suggestion: nearest(name, models),
      allowed: models,
    }),
  ];
}

function isSpellingOf(name: string, id: string): boolean {
  const wanted = name.toLowerCase();
  return knownProviders.some(
    (known) => known.id === id && (known.id === wanted || known.aliases.includes(wanted)),
  );
}
