import { isScalar, type YAMLMap } from "yaml";
import { entryOf } from "../document.ts";
import { dropEntry, mapAt, mapsAt, moveEntry, type OlderForm, sectionAt, textAt } from "./tree.ts";

/** The model that chooses a route stood in `routing`, as itself or as the name of its provider. */
export const routingModel: OlderForm = (root, report) => {
  const routing = mapAt(root, "routing");
  if (routing === undefined) return;
  const provider = entryOf(routing, "llm_provider");
  const model = entryOf(routing, "model");
  if (provider !== undefined && model !== undefined) {
    report.change(provider.key, "`llm_provider` is not needed any more; the model is named");
    dropEntry(routing, provider);
  } else if (provider !== undefined && isScalar(provider.value)) {
    const named = modelOf(root, String(provider.value.value));
    if (named === undefined) report.error("routing-model", provider.key, "there is no provider of this name");
    provider.value.value = named ?? "";
    delete provider.value.source;
  }
  const entry = model ?? provider;
  if (entry === undefined) return;
  const map = sectionAt(root, "overrides");
  moveEntry(entry, routing, { map, name: "llm_routing_model", as: "overrides.llm_routing_model" }, report);
  const rest = entryOf(root, "routing");
  if (routing.items.length === 0 && rest !== undefined) dropEntry(root, rest);
};

function modelOf(root: YAMLMap, name: string): string | undefined {
  const named = mapsAt(root, "model_providers").find((provider) => textAt(provider, "name") === name);
  return named && textAt(named, "model");
}
