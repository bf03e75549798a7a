import { resolve } from "node:path";
import { exitCodes } from "../exit-codes.ts";
import type { ConfigFlags } from "../program.ts";

/** Settings that have flags of their own; undefined where none was given. */
export interface FlagSettings {
  /** An absolute path. */
  readonly caFile: string | undefined;
  readonly skipSslVerify: true | undefined;
}

/** Reads them. Rejects with an `AppError` if the file holds no certificates. */
export async function readFlagSettings({ caFile, skipSslVerify }: ConfigFlags): Promise<FlagSettings> {
  return {
    caFile: caFile === undefined ? undefined : await checkedPath(resolve(caFile)),
    skipSslVerify: skipSslVerify ? true : undefined,
  };
}

async function checkedPath(path: string): Promise<string> {
  // Loaded late: the form is to be seen at once.
  const { readAuthorities } = await import("@plano/client/node");
  readAuthorities(path, exitCodes.usage);
  return path;
}
