import { resolve } from "node:path";
import { readAuthorities } from "@plano/client/node";
import { exitCodes } from "../exit-codes.ts";
import type { ConfigFlags } from "../program.ts";

/** Settings that have flags of their own; undefined where none was given. */
export interface FlagSettings {
  /** An absolute path. */
  readonly caFile: string | undefined;
  readonly skipSslVerify: true | undefined;
}

/** Reads them. Throws an `AppError` if the file holds no certificates. */
export function readFlagSettings({ caFile: written, skipSslVerify }: ConfigFlags): FlagSettings {
  const caFile = written === undefined ? undefined : resolve(written);
  if (caFile !== undefined) readAuthorities(caFile, exitCodes.usage);
  return { caFile, skipSslVerify: skipSslVerify ? true : undefined };
}
