import { isScalar } from "yaml";
import { entryOf } from "../document.ts";
import type { OlderForm } from "./tree.ts";

/** The version that a configuration in today's form has. */
export const currentVersion = "v0.4.0";

/** A file in today's form says so. */
export const latestVersion: OlderForm = (root, report) => {
  const entry = entryOf(root, "version");
  if (entry === undefined || !isScalar(entry.value) || !isOlder(String(entry.value.value))) return;
  report.change(entry.key, `\`version\` is ${currentVersion}`);
  entry.value.value = currentVersion;
  delete entry.value.source;
};

/** Whether a version comes before today's. What is no number counts as 0. */
export function isOlder(version: string): boolean {
  const [written, current] = [numbersOf(version), numbersOf(currentVersion)];
  for (const [index, number] of current.entries()) {
    const difference = (written[index] ?? 0) - number;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function numbersOf(version: string): number[] {
  const [plain = ""] = version.replace(/^v/, "").split("-", 1);
  return plain.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
}
