// The words of the screen that depend on the form's state.
import { urlWarning } from "@plano/runner-home";
import type { FoundRuntime } from "../checks/find-runtimes.ts";
import { connectionField } from "./focus.ts";
import type { Focus, FormState } from "./state.ts";

const runtimeTitles: Readonly<Record<string, string>> = {
  docker: "Docker",
  podman: "Podman",
  apple: "Apple Container",
};

/** A runtime and whether it is here, such as `Docker (Installed, 29.1.0)`. */
export function describeRuntime(name: string, runtimes: readonly FoundRuntime[] | undefined): string {
  const title = runtimeTitles[name] ?? name;
  if (runtimes === undefined) return `${title} (looking for it)`;
  const found = runtimes.find((runtime) => runtime.name === name);
  if (found === undefined) return `${title} (unknown to this version)`;
  const version = found.version ? `, ${found.version}` : "";
  if (found.state === "ready") return `${title} (Installed${version})`;
  if (found.state === "other-platform") return `${title} (Not on This System)`;
  return found.state === "not-running" ? `${title} (Installed, not running)` : `${title} (Not Installed)`;
}

const weekMilliseconds = 7 * 86_400_000;

/** What has been found out about the token, and whether all is well. */
export function describePassed(
  { expiresAt, count, removed }: { expiresAt: Date | undefined; count: number; removed: readonly string[] },
  url: string,
  now: Date,
): { readonly text: string; readonly isWarning: boolean }[] {
  const github = `${count} GitHub ${count === 1 ? "connection" : "connections"}`;
  const until = expiresAt === undefined ? "" : ` until ${expiresAt.toISOString().slice(0, 10)}`;
  const isShort = expiresAt !== undefined && expiresAt.getTime() - now.getTime() < weekMilliseconds;
  const warning = urlWarning(url);
  const gone =
    removed.length === 0 ? "" : `Not on the server any more, and gone when saved: ${removed.join(", ")}`;
  return [
    {
      text: `${isShort ? "! The token is valid only" : "✓ The token is valid"}${until}; ${github}`,
      isWarning: isShort,
    },
    ...(warning === undefined ? [] : [{ text: `! ${warning}`, isWarning: true }]),
    ...(gone === "" ? [] : [{ text: gone, isWarning: true }]),
  ];
}

/** What the focused field is about, in one line. */
export function hintFor(focus: Focus, path: string): string {
  const field = connectionField(focus)?.field;
  if (field === "url") return "https://github.com, or your own GitHub server.";
  if (field === "token") return "Stays on this machine: a token, env:NAME or file:PATH. ctrl+r shows it.";
  switch (focus) {
    case "token":
      return "From plan42 runner token NAME; or env:NAME, or file:PATH. ctrl+r shows it.";
    case "url":
      return "Where the service is: https://…, or http://… on this machine.";
    case "runtime":
      return "What jobs run in; enter opens the list. Going on checks the token.";
    case "cancel":
      return "Leaves without saving.";
    default:
      return `Writes ${path}.`;
  }
}

/** Why the form cannot be left or saved just now, if so: it is shown wherever the focus is. */
export function urgentMessage({ saveError, isLeaving, isSaving, validation }: FormState):
  | {
      readonly text: string;
      readonly isError: boolean;
    }
  | undefined {
  // The answer to the key that was pressed last.
  if (isLeaving) return { text: "Not saved yet. Esc again leaves without saving.", isError: false };
  if (saveError !== undefined) return { text: `ERROR: ${saveError}`, isError: true };
  if (validation.state === "running")
    return { text: "Keys wait for the check. Esc cancels it; ctrl+s saves after that.", isError: false };
  return isSaving ? { text: "Saving", isError: false } : undefined;
}
