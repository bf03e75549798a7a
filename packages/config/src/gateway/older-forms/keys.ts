import type { YAMLMap } from "yaml";
import { entryOf } from "../document.ts";
import { dropEntry, mapAt, mapsAt, moveEntry, type OlderForm, sectionAt } from "./tree.ts";

interface RenamedKey {
  readonly parents: (root: YAMLMap) => readonly YAMLMap[];
  readonly from: string;
  readonly to: string;
}

const listeners = (root: YAMLMap) => mapsAt(root, "listeners");

const overrides = (root: YAMLMap) => [mapAt(root, "overrides")].filter((map) => map !== undefined);

const renamed: readonly RenamedKey[] = [
  { parents: (root) => [root], from: "llm_providers", to: "model_providers" },
  { parents: listeners, from: "filter_chain", to: "input_filters" },
  {
    parents: (root) => listeners(root).flatMap((listener) => mapsAt(listener, "agents")),
    from: "filter_chain",
    to: "input_filters",
  },
  { parents: overrides, from: "router_model", to: "llm_routing_model" },
  { parents: overrides, from: "orchestrator_model", to: "agent_orchestration_model" },
  {
    parents: (root) => mapsAt(root, "prompt_targets"),
    from: "auto-llm-dispatch-on-response",
    to: "auto_llm_dispatch_on_response",
  },
];

/** Keys that have another name now. */
export const renamedKeys: OlderForm = (root, report) => {
  for (const { parents, from, to } of renamed) {
    for (const map of parents(root)) {
      const entry = entryOf(map, from);
      if (entry !== undefined) moveEntry(entry, map, { map, name: to }, report);
    }
  }
};

/** Prefixes of headers had a key of their own before there were other attributes of spans. */
export const headerPrefixes: OlderForm = (root, report) => {
  const tracing = mapAt(root, "tracing");
  const entry = tracing && entryOf(tracing, "span_attribute_header_prefixes");
  if (tracing === undefined || entry === undefined) return;
  const map = sectionAt(tracing, "span_attributes");
  moveEntry(entry, tracing, { map, name: "header_prefixes", as: "span_attributes.header_prefixes" }, report);
};

/** Whether a file was for models or for prompts was said once for all of it. */
export const modeOfTheFile: OlderForm = (root, report) => {
  const entry = entryOf(root, "mode");
  if (entry === undefined) return;
  report.warning("no-effect", entry.key, "`mode` has no effect; the types of the listeners say it");
  report.change(entry.key, "`mode` is not needed any more");
  dropEntry(root, entry);
};
