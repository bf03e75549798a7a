import { UsageError } from "@plano/errors";
import { proxyUrl } from "@plano/protocol/proxy-url";
import { isSecretKey, isUnknownKey, variableOf } from "@plano/runner-home";
import { type ConfigEdit, type ConfigValue, editConfig, parseKey, parseValue } from "@plano/runner-home/edit";
import { checkWrittenToken } from "../checks/check-setup.ts";
import type { Context } from "../context.ts";
import { absolutePath } from "../setup/absolute-paths.ts";
import { parseWritten } from "./parse-written.ts";

/**
 * The changes that `--set KEY=VALUE` asks for, each tried on the text. Rejects with a `UsageError` that names what
 * is wrong, and never a secret.
 */
export async function readSettings(
  settings: readonly string[],
  text: string,
  context: Context,
): Promise<readonly ConfigEdit[]> {
  const edits: ConfigEdit[] = [];
  let input: string | undefined;
  let edited = text;
  for (const setting of settings) {
    const { path, written } = takeApart(setting, context);
    if (written === "-") input ??= (await context.readInput()).trim();
    const isSecret = isSecretKey(path.at(-1) ?? "");
    if (isSecret && written !== "" && written !== "-" && variableOf(written) === undefined) {
      throw new UsageError(`${path.join(".")} is a secret, and arguments can be seen by others`, {
        hint: `--set ${path.join(".")}=- reads it from standard input, env:NAME takes it from a variable.`,
      });
    }
    if (hasPassword(written)) {
      throw new UsageError(`${path.join(".")} has a password in it, and arguments can be seen by others`, {
        hint: `--set ${path.join(".")}=- reads it from standard input.`,
      });
    }
    const isPath = /_file$/i.test(path.at(-1) ?? "") && written !== "" && written !== "-";
    const plain = written === "-" ? (input ?? "") : written;
    const value = isPath ? absolutePath(plain, context.environment) : plain;
    if (written === "-" && value === "") {
      throw new UsageError(`there is nothing on standard input for ${path.join(".")}`);
    }
    if (path.join(".").toLowerCase() === "runner.token") refuseBadToken(value);
    const edit = tryOut(path, isSecret ? [value] : candidates(value), { text: edited, context });
    edits.push(edit);
    edited = editConfig(edited, [edit]);
  }
  return edits;
}

function takeApart(
  setting: string,
  context: Context,
): { readonly path: readonly string[]; readonly written: string } {
  const [, key = "", written = ""] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
  try {
    const path = parseKey(key.trim());
    const depth = path[0]?.toLowerCase() === "runner" ? 2 : 3;
    if (path.length >= depth) return { path, written: written.trim() };
  } catch {
    // Said below.
  }
  const name = key.trim();
  throw new UsageError(`--set takes KEY=VALUE, such as runner.max_jobs=4; not ${name || "this"}`, {
    ...(name !== "" && { hint: sectionHint(name, context) }),
  });
}

/** What a key without its section is likely meant to be. */
function sectionHint(name: string, context: Context): string {
  const meant = /^[\w-]+$/.test(name) ? nearestRunnerKey(name.toLowerCase(), context) : undefined;
  const question = meant === undefined ? "" : `; did you mean runner.${meant}?`;
  return `A key begins with its section: runner.KEY, github.NAME.KEY or model_mappings.NAME.KEY${question}`;
}

/** The key of `[runner]` that a name is, or is most like. */
function nearestRunnerKey(name: string, context: Context): string | undefined {
  const { warnings } = parseWritten(editConfig("", [{ path: ["runner", name], value: "" }]), context);
  const unknown = warnings.find((warning) => warning.path === `runner.${name}` && isUnknownKey(warning));
  return unknown === undefined ? name : /did you mean (\S+)\?/.exec(unknown.message)?.[1];
}

/** An empty one removes the key. */
function refuseBadToken(token: string): void {
  const failure = token === "" ? undefined : checkWrittenToken(token);
  if (failure === undefined) return;
  throw new UsageError(`runner.token: ${failure.message}`, {
    ...(failure.hint !== undefined && { hint: failure.hint }),
  });
}

/** Whether a value is a URL such as `http://name:password@proxy`, or the same without its scheme. */
function hasPassword(written: string): boolean {
  return Boolean(URL.parse(proxyUrl(written) ?? written)?.password);
}

/** What a value may mean: itself as TOML, else a text. An empty one removes the key. */
function candidates(written: string): readonly (ConfigValue | undefined)[] {
  if (written === "") return [undefined];
  const value = parseValue(written);
  return value === undefined || value === written ? [written] : [value, written];
}

/** The first of the values that the runner would take. */
function tryOut(
  path: readonly string[],
  values: readonly (ConfigValue | undefined)[],
  { text, context }: { text: string; context: Context },
): ConfigEdit {
  let fault = "";
  for (const value of values) {
    const edit = { path, value: value === "" ? undefined : value };
    if (edit.value === undefined) return edit;
    const found = faultAt(path, editConfig(text, [edit]), context);
    if (found === undefined) return edit;
    fault ||= found;
  }
  throw new UsageError(`${path.join(".")}: ${fault}`);
}

/** What is wrong with one key of a text, whether or not the rest is complete. */
function faultAt(path: readonly string[], text: string, context: Context): string | undefined {
  const result = parseWritten(text, context);
  const wanted = path.join(".").toLowerCase();
  const isHere = (one: { path: string }) => {
    const found = one.path.toLowerCase();
    return found === wanted || wanted.startsWith(`${found}.`);
  };
  const problems = result.ok ? [] : result.problems;
  const unknown = result.warnings.filter(isUnknownKey);
  return [...problems, ...unknown].find(isHere)?.message;
}
