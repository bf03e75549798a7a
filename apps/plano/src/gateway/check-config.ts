import { execFile } from "node:child_process";
import { AppError, describeCause } from "@plano/errors";
import { type RunFiles, withTemporaryFile } from "./run-files.ts";

export interface CheckOptions {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly files: RunFiles;
  /** The configuration as the data plane would get it. */
  readonly rendered: string;
  /** The user's file, for messages. */
  readonly configPath: string;
  readonly signal: AbortSignal;
}

/**
 * Asks the data plane whether it would serve a configuration, without serving it.
 * Throws an AppError with its reason if not. A data plane that cannot tell raises no objection.
 */
export async function checkWithDataPlane(options: CheckOptions): Promise<void> {
  const { files, rendered, configPath } = options;
  await withTemporaryFile(files.renderedConfig, rendered, async (path) => {
    const complaint = await complaintOf(path, options);
    if (complaint === undefined) return;
    throw new AppError(`Validation failed: the data plane refuses ${configPath}`, {
      code: "config-invalid",
      hint: complaint.replaceAll(path, configPath),
    });
  });
}

const checkLimitMilliseconds = 30_000;

function complaintOf(
  path: string,
  { program, environment, files, signal }: CheckOptions,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const settings = { cwd: files.run, env: environment, timeout: checkLimitMilliseconds, signal };
    execFile(program, ["--check", "--config", path], settings, (error, _output, log) => {
      if (error === null) return resolve(undefined);
      if (signal.aborted)
        return reject(new AppError("interrupted", { code: "interrupted", exitCode: 130, cause: error }));
      if (typeof error.code === "string") {
        const message = `cannot start ${program}: ${describeCause(error)}`;
        return reject(new AppError(message, { code: "start-failed", cause: error }));
      }
      const reason = reasonIn(log);
      const knowsCheck = error.code !== 2 || !reason.startsWith("unknown argument");
      resolve(knowsCheck ? reason || "it does not say why" : undefined);
    });
  });
}

/** What the data plane says at its end, after what it has logged. */
function reasonIn(log: string): string {
  const prefix = "brightstaff: ";
  const start = `\n${log}`.lastIndexOf(`\n${prefix}`);
  return (start === -1 ? log : log.slice(start + prefix.length)).trim();
}
