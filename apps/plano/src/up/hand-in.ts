import { isDeepStrictEqual } from "node:util";
import type { Context } from "../context.ts";
import { candidateOf, compilerOf } from "../gateway/candidate.ts";
import { submit } from "../gateway/control.ts";
import { type Instance, writeInstance } from "../gateway/instance.ts";
import { printInForce, refusedError } from "../print-outcome.ts";
import { instanceOf, type Plan, type UpOptions } from "./plan.ts";

/** Has the gateway that runs take the configuration. False, and a line that says why, if it has to be replaced. */
export async function isTaken(
  plan: Plan,
  previous: Instance,
  options: UpOptions,
  context: Context,
): Promise<boolean> {
  const { terminal } = context;
  const next = instanceOf(plan, previous.brightstaff_pid, context);
  const reason = options.foreground ? "it is to stay attached" : reasonToReplace(previous, next);
  if (options.restart || reason !== undefined || previous.control === null) {
    if (reason !== undefined) terminal.line(`The gateway that runs is replaced: ${reason}`);
    return false;
  }
  // Its parts are where they were when it was started.
  const native = previous.native ?? undefined;
  const source = { ...plan.source, deployment: native?.deployment };
  const compiler = compilerOf(source, plan.watch, plan.config.metrics, context);
  const candidate = candidateOf(plan.config, compiler, context.environment);
  const outcome = await submit(previous.control, { candidate });
  if (outcome === undefined || (outcome.outcome === "refused" && outcome.needs_restart)) {
    const why = outcome === undefined ? "it does not answer" : outcome.reason;
    terminal.line(`The gateway that runs is replaced: ${why}`);
    return false;
  }
  if (outcome.outcome === "refused") throw refusedError(outcome);
  const { brightstaff_start, started_at, envoy_pid, envoy_start } = previous;
  writeInstance(plan.files, {
    ...next,
    envoy_pid,
    envoy_start,
    native: previous.native,
    brightstaff_start,
    started_at,
    control: previous.control,
  });
  terminal.line(`Plano is running already (pid ${previous.brightstaff_pid})`);
  printInForce(outcome, Date.now(), terminal);
  return true;
}

/** Why `previous` cannot become `next` while it runs. */
function reasonToReplace(previous: Instance, next: Instance): string | undefined {
  if (previous.version !== next.version) return `its version is ${previous.version}`;
  if ((previous.native === null) !== (next.native === null)) return "it runs in another mode";
  if (previous.control === null) return "it takes no changes while it runs";
  if (!isDeepStrictEqual(previous.program, next.program)) return "the data plane program has changed";
  if (!isDeepStrictEqual(previous.native?.programs, next.native?.programs))
    return "Envoy or its filters have changed";
  const names = Object.keys({ ...previous.settings, ...next.settings });
  const different = names.filter((name) => previous.settings[name] !== next.settings[name]);
  return different.length === 0 ? undefined : `the environment differs in ${different.join(", ")}`;
}
