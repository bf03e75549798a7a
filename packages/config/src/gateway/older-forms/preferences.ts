import { isSeq, Pair, Scalar, type YAMLMap, YAMLSeq } from "yaml";
import { trimmedModel } from "../complete.ts";
import { entryOf } from "../document.ts";
import { mapsAt, moveComments, type OlderForm, type Report, removeEntry, textAt } from "./tree.ts";
import { isOlder } from "./version.ts";

const key = "routing_preferences";

/**
 * Preferences stood with the provider whose model they name. Those of one name become one, with the
 * models in the order of the file; one of that name that stands at the top already stays as it is.
 */
export const inlinePreferences: OlderForm = (root, report) => {
  const providers = mapsAt(root, "model_providers").filter((provider) => entryOf(provider, key));
  if (providers.length === 0) return;
  if (!isOlder(textAt(root, "version") ?? "")) return reportStray(providers, report);
  const atTheTop = new Set(mapsAt(root, key).map((entry) => textAt(entry, "name")));
  const lifted = new Map<string | undefined, YAMLMap>();
  for (const provider of providers) {
    for (const preference of takePreferences(provider, report)) {
      if (atTheTop.has(textAt(preference, "name"))) {
        report.warning(
          "preference-conflict",
          preference,
          "there is a preference of this name at the top, which is used instead",
        );
      } else lift(preference, trimmedModel(textAt(provider, "model") ?? ""), lifted, report);
    }
  }
  append(root, [...lifted.values()]);
};

function reportStray(providers: readonly YAMLMap[], report: Report): void {
  for (const provider of providers) {
    const message =
      "since v0.4.0, preferences stand in routing_preferences at the top, with their models; these have no effect";
    report.warning("no-effect", entryOf(provider, key)?.key, message);
  }
}

/** Takes the preferences out of a provider; those of a wildcard have no model that they could name. */
function takePreferences(provider: YAMLMap, report: Report): YAMLMap[] {
  const entry = entryOf(provider, key);
  const preferences = mapsAt(provider, key);
  if (entry === undefined) return [];
  removeEntry(provider, entry);
  if (textAt(provider, "model")?.trim().endsWith("*")) {
    report.error("wildcard", entry.key, "a wildcard cannot have routing_preferences; name a model for them");
    return [];
  }
  report.change(entry.key, "`routing_preferences` stand at the top now, with their models");
  const [first] = preferences;
  for (const node of [entry.value, entry.key]) moveComments(node, first);
  return preferences;
}

function lift(
  preference: YAMLMap,
  model: string,
  lifted: Map<string | undefined, YAMLMap>,
  report: Report,
): void {
  const same = lifted.get(textAt(preference, "name"));
  const models = same && entryOf(same, "models")?.value;
  if (same === undefined) {
    const list = new YAMLSeq();
    list.items.push(new Scalar(model));
    if (entryOf(preference, "description") === undefined) {
      preference.items.push(new Pair(new Scalar("description"), new Scalar("")));
    }
    preference.items.push(new Pair(new Scalar("models"), list));
    lifted.set(textAt(preference, "name"), preference);
    return;
  }
  if (isSeq(models) && !models.toJSON().includes(model)) models.items.push(new Scalar(model));
  const [first, second] = [textAt(same, "description") ?? "", textAt(preference, "description") ?? ""];
  if (second !== "" && first !== second) {
    report.warning(
      "preference-conflict",
      preference,
      "an earlier preference of this name has another description, which is used",
    );
  }
}

function append(root: YAMLMap, lifted: readonly YAMLMap[]): void {
  if (lifted.length === 0) return;
  const present = entryOf(root, key)?.value;
  if (isSeq(present)) {
    present.items.push(...lifted);
    return;
  }
  const list = new YAMLSeq();
  list.items.push(...lifted);
  const entry = new Pair(new Scalar(key), list);
  entry.key.spaceBefore = true;
  root.items.push(entry);
}
