import { isMap, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { entryOf } from "../document.ts";
import { dropEntry, moveComments, type OlderForm, type Report } from "./tree.ts";

const types: Readonly<Record<string, string>> = { egress_traffic: "model", ingress_traffic: "prompt" };

/** Listeners were an object with one for models and one for prompts before they became a list. */
export const listenersObject: OlderForm = (root, report) => {
  const entry = entryOf(root, "listeners");
  const written = entry?.value;
  if (entry === undefined || !isMap(written)) return;
  report.change(entry.key, "`listeners` is a list now");
  const list = new YAMLSeq();
  for (const [name, type] of Object.entries(types)) {
    const listener = entryOf(written, name);
    if (listener === undefined) continue;
    list.items.push(listItem(listener, name, type, report));
  }
  moveComments(written, list.items[0]);
  entry.value = list;
  if (list.items.length === 0) dropEntry(root, entry);
};

/** Keeps the object that was written, so that its keys keep their places. */
function listItem(entry: Pair, name: string, type: string, report: Report): YAMLMap {
  const item = isMap(entry.value) ? entry.value : new YAMLMap();
  const format = entryOf(item, "message_format");
  if (format !== undefined) {
    report.change(format.key, "`message_format` is not needed any more");
    dropEntry(item, format);
  }
  moveComments(entry.key, item);
  item.items.unshift(
    new Pair(new Scalar("name"), new Scalar(name)),
    new Pair(new Scalar("type"), new Scalar(type)),
  );
  return item;
}
