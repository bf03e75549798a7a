import { AppError } from "@plano/errors";
import {
  type ConfigProblem,
  describeProblem,
  machineOptions,
  parseConfig,
  readWrittenConfig,
} from "@plano/runner-home";
import { type ConfigEdit, editConfig, redactConfig, saveConfig, withLines } from "@plano/runner-home/edit";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ValidationOutcome } from "../form/state.ts";
import type { ConfigFlags } from "../program.ts";
import { editsOf } from "../setup/edits-of.ts";
import { type Setup, setupOf } from "../setup/setup.ts";
import { syncConnections } from "../setup/sync-connections.ts";
import { type FlagSettings, readFlagSettings } from "./flag-settings.ts";
import { type OpenedFile, openFile } from "./open-setup.ts";
import { platformRuntime } from "./platform-runtime.ts";
import { readSettings } from "./read-settings.ts";
import { showConfig } from "./show-config.ts";
import { tellSaved, warnOfNetwork } from "./tell-saved.ts";
import { validateSetup } from "./validate-setup.ts";

/** Does by flags what the form does: changes, checks, takes connections over, prints. Resolves to the exit code. */
export async function run(flags: ConfigFlags, context: Context): Promise<number> {
  const file = openFile(flags, context);
  const isChange = changesFile(flags);
  refuseUnusable(file, isChange);
  const before = file.text ?? "";
  const settings = [
    ...flagEdits(await readFlagSettings(flags)),
    ...(await readSettings(flags.set, before, context)),
  ];
  let text = editConfig(before, settings);
  const checked = flags.validate || flags.sync ? await check(text, context) : undefined;
  if (checked !== undefined && !checked.valid) return report(file, { checked }, flags, context);

  const synced = flags.sync && checked?.server?.ok ? syncEdits(text, checked.server, context) : [];
  const edits = isChange || flags.sync ? [...settings, ...synced] : [];
  text = editConfig(before, edits);
  const saved =
    edits.length > 0 ? await saveConfig({ path: file.path, edits, now: context.now() }) : undefined;
  if (!flags.json && saved !== undefined) {
    tellSaved(saved, file, context);
    // A check tells it itself.
    if (checked === undefined) warnOfNetwork(file, context);
  }
  return report(file, { checked, text, saved }, flags, context);
}

/** What a check has found. */
interface Checked {
  readonly valid: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Undefined if the file is not right, and nobody was asked. */
  readonly server: ValidationOutcome | undefined;
}

async function check(text: string, context: Context): Promise<Checked> {
  const { environment, platform } = context;
  const result = parseConfig(text, machineOptions({ platform, variables: environment }));
  const { warnings } = result;
  if (!result.ok)
    return { valid: false, problems: withLines(result.problems, text), warnings, server: undefined };
  const server = await validateSetup(
    {
      setup: setupIn(text, context),
      httpProxy: result.config.httpProxy,
      signal: new AbortController().signal,
    },
    context,
  );
  return { valid: server.ok, problems: [], warnings, server };
}

interface Outcome {
  readonly checked: Checked | undefined;
  readonly text?: string;
  readonly saved?: { readonly changed: boolean } | undefined;
}

function report(file: OpenedFile, outcome: Outcome, flags: ConfigFlags, context: Context): number {
  const { checked, text = file.text ?? "", saved } = outcome;
  const isValid = checked === undefined || checked.valid;
  if (flags.json) {
    context.terminal.json({
      file: file.path,
      ...(saved !== undefined && { changed: saved.changed }),
      ...(checked !== undefined && describeCheck(checked)),
      ...(flags.print && isValid && { config: inEffect(text, context) }),
    });
    return isValid ? exitCodes.success : exitCodes.failure;
  }
  if (checked !== undefined) printCheck(checked, text, context);
  if (flags.print && isValid) context.terminal.raw(redactConfig(text));
  return exitCodes.success;
}

function describeCheck({ valid, problems, warnings, server }: Checked): object {
  if (server === undefined) return { valid, problems, warnings };
  if (server.ok) {
    const { expiresAt, connections } = server;
    return { valid, problems, warnings, tokenExpiresAt: expiresAt ?? null, githubConnections: connections };
  }
  return { valid, problems: [{ path: "runner", message: server.message, hint: server.hint }], warnings };
}

/** Throws an `AppError` with all that is wrong. */
function printCheck({ problems, warnings, server }: Checked, text: string, context: Context): void {
  const { terminal } = context;
  for (const { path, message } of warnings) terminal.warning(`${path}: ${message}`);
  const lines = problems.map(describeProblem);
  if (lines.length > 0) throw new AppError(lines.join("\n"), { code: "bad-config" });
  if (server === undefined) return;
  if (!server.ok) {
    const { message, hint } = server;
    throw new AppError(message, { code: "not-valid", ...(hint !== undefined && { hint }) });
  }
  const { expiresAt, connections } = server;
  const until = expiresAt === undefined ? "" : ` until ${expiresAt.toISOString().slice(0, 10)}`;
  const count = `${connections.length} GitHub ${connections.length === 1 ? "connection" : "connections"}`;
  terminal.success(`The token is valid${until}; ${count}`);
  if (syncEdits(text, server, context).length > 0) {
    terminal.warning("the file's GitHub connections are not the server's; --sync takes those over");
  }
}

/** What makes the file's connections the server's. */
function syncEdits(
  text: string,
  server: Extract<ValidationOutcome, { ok: true }>,
  context: Context,
): readonly ConfigEdit[] {
  const setup = setupIn(text, context);
  const { connections } = syncConnections(setup.connections, server.connections);
  return editsOf(readWrittenConfig(text), { ...setup, connections }).filter(
    ({ path }) => path[0] === "github",
  );
}

/** Whether flags alone ask for a change: also `--ca-file` and its like, where nothing is to be tried or shown. */
function changesFile({ set, validate, sync, print }: ConfigFlags): boolean {
  return set.length > 0 || !(validate || sync || print);
}

function flagEdits({ caFile, skipSslVerify }: FlagSettings): readonly ConfigEdit[] {
  return [
    ...(caFile === undefined ? [] : [{ path: ["runner", "ca_file"], value: caFile }]),
    ...(skipSslVerify ? [{ path: ["runner", "skip_ssl_verify"], value: true }] : []),
  ];
}

function setupIn(text: string, { platform }: Context): Setup {
  return setupOf(readWrittenConfig(text), platformRuntime(platform));
}

function inEffect(text: string, { environment, platform }: Context): object {
  const result = parseConfig(text, machineOptions({ platform, variables: environment }));
  return result.ok ? showConfig(result.config) : { problems: result.problems };
}

function refuseUnusable({ shownPath, text, fault }: OpenedFile, isChange: boolean): void {
  if (fault !== undefined) {
    throw new AppError(`${shownPath} is no TOML: ${fault}`, {
      code: "bad-config",
      hint: "Mend it, or remove it; the form keeps it beside a new one.",
    });
  }
  if (text === undefined && !isChange) {
    throw new AppError(`there is no configuration yet: ${shownPath}`, {
      code: "no-config",
      hint: "plan42-runner-config makes one; scripts use --set.",
      exitCode: exitCodes.notConfigured,
    });
  }
}
