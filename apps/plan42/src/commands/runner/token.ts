import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import { runnerFolders } from "@plano/runner-home";
import { findRunner } from "../../api/find.ts";
import { withApi } from "../../api/open-api.ts";
import { renewToken } from "../../api/renew-token.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { commandsWithFile } from "../../commands-with-file.ts";
import type { Context } from "../../context.ts";
import { folderVariables } from "../../environment.ts";
import { formatTime } from "../../format-time.ts";

export interface RunnerTokenOptions extends ServerFlags {
  readonly runner: string;
  readonly ttlDays: number;
  /** Where to write a configuration with the token; `true` is the runner's own place. */
  readonly writeConfig?: string | true;
  readonly json: boolean;
}

/** Issues a token for a runner, and prints it or puts it into a new configuration file. */
export async function run(options: RunnerTokenOptions, context: Context): Promise<number> {
  const { runner, ttlDays, writeConfig, json } = options;
  const { terminal } = context;
  const file = writeConfig === undefined ? undefined : configFile(writeConfig, context);
  // Made before the token, which would otherwise be lost if it cannot be written.
  if (file !== undefined) createConfig(file);
  const { issued, url } = await withApi(options, context, async (api) => ({
    url: api.url,
    issued: await api.client.call("generateRunnerToken", {
      path: { tenantId: api.tenantId, runnerId: await findRunner(api, runner), tokenId: randomUUID() },
      body: { TTLDays: ttlDays },
    }),
  })).catch((error: unknown) => {
    if (file !== undefined) rmSync(file, { force: true });
    throw error;
  });
  if (file !== undefined) {
    writeFileSync(file, `[runner]\nurl = ${JSON.stringify(url)}\ntoken = ${JSON.stringify(issued.Token)}\n`);
    const { Token: _token, ...known } = issued;
    if (json) terminal.json({ ...known, ConfigFile: file });
    else {
      terminal.success(`${file} written; the token in it is valid until ${formatTime(issued.ExpiresAt)}`);
      terminal.line(commandsWithFile("  next: plan42 runner exec", writeConfig === true ? undefined : file));
    }
  } else if (json) terminal.json(issued);
  else terminal.line(issued.Token);
  return 0;
}

function configFile(written: string | true, { environment, platform, currentFolder }: Context): string {
  if (written === true) return runnerFolders(folderVariables(environment), platform).configFile;
  return isAbsolute(written) ? written : join(currentFolder, written);
}

/** Makes an empty file for its owner only; never touches one that is there. */
function createConfig(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, "", { flag: "wx", mode: 0o600 });
  } catch (cause) {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new AppError(exists ? `${file} exists already` : `cannot write ${file}: ${describeCause(cause)}`, {
      code: "config-file",
      cause,
      ...(exists && {
        hint: `${renewToken} puts a new token into it.`,
      }),
    });
  }
}
