import { AppError } from "@plano/errors";
import type { Terminal } from "@plano/terminal";
import { formatDuration } from "@plano/terminal";
import type { InForce, Outcome } from "./gateway/control.ts";

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

/** The error of a configuration that was refused. */
export function refusedError({ reason, needs_restart }: Extract<Outcome, { outcome: "refused" }>): AppError {
  const [first = "", ...more] = reason.split("\n");
  const next = needs_restart ? ["Start the gateway anew with: planoai up --restart"] : [];
  return new AppError(`the configuration in force stays: ${first}`, {
    code: needs_restart ? "needs-restart" : "config-refused",
    hint: [...more, ...next].join("\n"),
  });
}
