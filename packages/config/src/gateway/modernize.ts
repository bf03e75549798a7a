import { isMap } from "yaml";
import type { ConfigDocument } from "./document.ts";
import { headerPrefixes, modeOfTheFile, renamedKeys } from "./older-forms/keys.ts";
import { listenersObject } from "./older-forms/listeners.ts";
import { inlinePreferences } from "./older-forms/preferences.ts";
import { routingModel } from "./older-forms/routing-model.ts";
import type { OlderForm, Report } from "./older-forms/tree.ts";
import { latestVersion } from "./older-forms/version.ts";
import type { Problem } from "./problem.ts";

/** Every older form of the language. The version comes last: the others go by it. */
const olderForms: readonly OlderForm[] = [
  renamedKeys,
  headerPrefixes,
  modeOfTheFile,
  listenersObject,
  routingModel,
  inlinePreferences,
  latestVersion,
];

export interface Modernization {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** What was put differently, at its place in the file as it was written. */
  readonly changes: readonly Problem[];
}

/**
 * Puts a document whose shape is sound into today's form of the language, in place: older keys get
 * their newer names, older structures their newer ones, and comments stay with what they are about.
 */
export function modernize(document: ConfigDocument): Modernization {
  const errors: Problem[] = [];
  const warnings: Problem[] = [];
  const changes: Problem[] = [];
  const root = document.tree.contents;
  const reporter = (list: Problem[]) => (code: string, node: unknown, message: string) => {
    const { path = [], position } = document.origin(node) ?? {};
    list.push({ code, message, path, ...(position === undefined ? {} : { position }) });
  };
  const changed = reporter(changes);
  const report: Report = {
    error: reporter(errors),
    warning: reporter(warnings),
    change: (node, message) => changed("older-form", node, message),
  };
  if (isMap(root)) for (const form of olderForms) form(root, report);
  return { errors, warnings, changes };
}
