import { AppError } from "@plano/errors";
import type { Terminal } from "@plano/terminal";
import { formatDuration } from "@plano/terminal";
import type { InForce, Outcome } from "./gateway/control.ts";
import type { Instance } from "./gateway/instance.ts";

/** Tells what has changed, or that nothing has. */
export function printInForce(
  { outcome, version, applied_at_ms, changes }: InForce & { readonly outcome: "applied" | "unchanged" },
  now: number,
  terminal: Terminal,
): void {
  if (outcome === "applied") {
    terminal.success(`The new configuration is in force (version ${version})`);
  } else {
    const age = formatDuration(Math.max(0, now - applied_at_ms));
    terminal.success(`Nothing to change: version ${version} is in force, for ${age}`);
  }
  if (changes.length > 0) terminal.list(changes);
}

/** What starts an instance anew in the mode that it runs in. */
export function restartCommand({ native }: Instance): string {
  return `planoai up --restart${native === null ? "" : " --native"}`;
}

/** The error of a configuration that was refused; `restart` is the command that starts the gateway anew. */
export function refusedError(
  { reason, needs_restart }: Extract<Outcome, { outcome: "refused" }>,
  restart = "planoai up --restart",
): AppError {
  const [first = "", ...more] = reason.split("\n");
  const next = needs_restart ? [`Start the gateway anew with: ${restart}`] : [];
  return new AppError(`the configuration in force stays: ${first}`, {
    code: needs_restart ? "needs-restart" : "config-refused",
    hint: [...more, ...next].join("\n"),
  });
}
