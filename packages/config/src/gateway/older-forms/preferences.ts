import { isSeq, Pair, Scalar, type YAMLMap, YAMLSeq } from "yaml";
import { trimmedModel } from "../complete.ts";
import { entryOf } from "../document.ts";
import {
  keepComments,
  mapsAt,
  moveComments,
  type OlderForm,
  type Report,
  removeEntry,
  textAt,
} from "./tree.ts";
import { isOlder } from "./version.ts";

const key = "routing_preferences";

/**
 * Preferences stood with the provider whose model they name. Those of one name become one, with the
 * models in the order of the file; one of that name that stands at the top already stays as it is. Comments of
 * those that are taken into another go above the model that is added to it, or above the one at the top.
 */
export const inlinePreferences: OlderForm = (root, report) => {
  const providers = mapsAt(root, "model_providers").filter((provider) => entryOf(provider, key));
  if (providers.length === 0) return;
  if (!isOlder(textAt(root, "version") ?? "")) return reportStray(providers, report);
  const atTheTop = new Map(mapsAt(root, key).map((entry) => [textAt(entry, "name"), entry]));
  const lifted = new Map<string | undefined, YAMLMap>();
  for (const provider of providers) {
    for (const preference of takePreferences(provider, report)) {
      const top = atTheTop.get(textAt(preference, "name"));
      if (top !== undefined) {
        keepComments(preference, top);
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
  if (isSeq<Scalar>(models)) keepComments(preference, modelOf(models, model));
  const [first, second] = [textAt(same, "description") ?? "", textAt(preference, "description") ?? ""];
  if (second !== "" && first !== second) {
    report.warning(
      "preference-conflict",
      preference,
      "an earlier preference of this name has another description, which is used",
    );
  }
}

/** The entry of a list that names a model; made when there is none. */
function modelOf(models: YAMLSeq<Scalar>, model: string): Scalar {
  const present = models.items.find(({ value }) => value === model);
  if (present !== undefined) return present;
  const entry = new Scalar(model);
  models.items.push(entry);
  return entry;
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
