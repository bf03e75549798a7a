import { dirname } from "node:path";
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
import { withAbsolutePaths } from "../setup/absolute-paths.ts";
import { editsOf } from "../setup/edits-of.ts";
import { type Connection, type Setup, setupOf } from "../setup/setup.ts";
import { syncConnections } from "../setup/sync-connections.ts";
import { type FlagSettings, readFlagSettings } from "./flag-settings.ts";
import { judgeText, newOnes } from "./judge-text.ts";
import { type OpenedFile, openFile } from "./open-setup.ts";
import { platformRuntime } from "./platform-runtime.ts";
import { readSettings } from "./read-settings.ts";
import { showConfig } from "./show-config.ts";
import { tellSaved } from "./tell-saved.ts";
import { validateSetup } from "./validate-setup.ts";

/** Does by flags what the form does: changes, checks, takes connections over, prints. Resolves to the exit code. */
export async function run(flags: ConfigFlags, context: Context): Promise<number> {
  const file = openFile(flags, context);
  const unusable = faultOf(file, flags);
  if (unusable !== undefined) return refuse(unusable, file, flags, context);
  const before = file.text ?? "";
  const settings = [
    ...flagEdits(await readFlagSettings(flags)),
    ...(await readSettings(flags.set, before, context)),
  ];
  const text = editConfig(before, settings);
  const checked = flags.validate || flags.sync ? await check(text, file, context) : undefined;
  if (checked?.valid === false) return report(file, { checked }, flags, context);
  if (checked === undefined) await refuseFaults(before, text, file, context);

  const synced =
    flags.sync && checked?.server?.ok ? syncEdits(text, checked.server, context) : { edits: [], gone: [] };
  const edits = [...settings, ...synced.edits];
  const saved =
    edits.length > 0 ? await saveConfig({ path: file.path, edits, now: context.now() }) : undefined;
  if (!flags.json && saved !== undefined) await tellSaved(saved, file, context);
  const written = editConfig(before, edits);
  const gone = flags.sync ? synced.gone : undefined;
  return report(file, { checked, text: written, saved, gone }, flags, context);
}

/**
 * Throws an `AppError` if a runner would not take what is to be written for a fault that was not there before: a
 * file with faults, and a new one, may be mended step by step.
 */
async function refuseFaults(
  before: string,
  after: string,
  file: OpenedFile,
  context: Context,
): Promise<void> {
  if (before === after) return;
  const faults = newOnes(
    (await judgeText(before, file, context)).problems,
    (await judgeText(after, file, context)).problems,
  );
  if (faults.length === 0) return;
  throw new AppError(faults.map(describeProblem).join("\n"), {
    code: "bad-config",
    hint: "The runner would not take the file so; nothing is written. --set may be repeated.",
  });
}

/** What a check has found. */
interface Checked {
  readonly valid: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Undefined if the file is not right, and nobody was asked. */
  readonly server: ValidationOutcome | undefined;
}

async function check(text: string, { path }: OpenedFile, context: Context): Promise<Checked> {
  const { problems, warnings, config } = await judgeText(text, { path, followsReferences: true }, context);
  if (problems.length > 0)
    return { valid: false, problems: withLines(problems, text), warnings, server: undefined };
  const server = await validateSetup(
    {
      setup: withAbsolutePaths(setupIn(text, context), context.environment, dirname(path)),
      httpProxy: config?.httpProxy,
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
  /** Connections that have gone from the file; undefined if nobody asked for the server's. */
  readonly gone?: readonly Connection[] | undefined;
}

function report(file: OpenedFile, outcome: Outcome, flags: ConfigFlags, context: Context): number {
  const { checked, text = file.text ?? "", saved, gone } = outcome;
  const { terminal } = context;
  if (flags.json) {
    terminal.json({
      file: file.path,
      ...(saved !== undefined && { changed: saved.changed }),
      ...(gone !== undefined && { removed: gone.map(({ key }) => key) }),
      ...(checked !== undefined && describeCheck(checked)),
      ...(flags.print && { config: inEffect(text, file, context) }),
    });
    return checked?.valid === false ? exitCodes.failure : exitCodes.success;
  }
  for (const { key, token } of gone ?? []) {
    const what = token === "" ? "" : ", and its token with it";
    terminal.warning(`[github.${key}] has gone from the file${what}: it is not the server's`);
  }
  if (flags.print) print(text, context);
  if (checked !== undefined) printCheck(checked, text, context);
  return exitCodes.success;
}

function print(text: string, { terminal }: Context): void {
  const redacted = redactConfig(text);
  terminal.raw(redacted.text);
  for (const key of redacted.unknown) {
    terminal.warning(`${key}: this key is not known, and what it says is not shown`);
  }
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
  if (syncEdits(text, server, context).edits.length > 0) {
    terminal.warning("the file's GitHub connections are not the server's; --sync takes those over");
  }
}

/** What makes the file's connections the server's, and those that go by it. */
function syncEdits(
  text: string,
  server: Extract<ValidationOutcome, { ok: true }>,
  context: Context,
): { readonly edits: readonly ConfigEdit[]; readonly gone: readonly Connection[] } {
  const setup = setupIn(text, context);
  const { connections } = syncConnections(setup.connections, server.connections);
  const edits = editsOf(readWrittenConfig(text), { ...setup, connections }).filter(
    ({ path }) => path[0] === "github",
  );
  const kept = new Set(connections.map(({ connectionId }) => connectionId));
  return { edits, gone: setup.connections.filter(({ connectionId }) => !kept.has(connectionId)) };
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

function inEffect(text: string, { path }: OpenedFile, { environment, platform }: Context): object {
  const result = parseConfig(text, machineOptions({ path, platform, variables: environment }));
  return result.ok ? showConfig(result.config) : { problems: result.problems };
}

/** Why nothing can be done with a file, if so. */
function faultOf(
  { shownPath, text, fault }: OpenedFile,
  { set, validate, sync, print }: ConfigFlags,
): AppError | undefined {
  if (fault !== undefined) {
    return new AppError(`${shownPath} is no TOML: ${fault}`, {
      code: "bad-config",
      hint: "Mend it, or remove it; the form keeps it beside a new one.",
    });
  }
  const makesFile = set.length > 0 || !(validate || sync || print);
  if (text !== undefined || makesFile) return undefined;
  return new AppError(`there is no configuration yet: ${shownPath}`, {
    code: "no-config",
    hint: "plan42-runner-config makes one; scripts use --set.",
    exitCode: exitCodes.notConfigured,
  });
}

/** For a check that is what it has found; else it is thrown. */
function refuse(fault: AppError, file: OpenedFile, flags: ConfigFlags, { terminal }: Context): number {
  if (!flags.json || !(flags.validate || flags.sync)) throw fault;
  const { message, hint, exitCode } = fault;
  terminal.json({ file: file.path, valid: false, problems: [{ path: "", message, hint }], warnings: [] });
  return exitCode;
}
