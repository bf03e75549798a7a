import type { Context } from "../context.ts";
import { submissionOf } from "../gateway/candidate.ts";

export interface CompileOptions {
  readonly file: string;
  readonly envFolder: string;
}

/**
 * Prints a compiled configuration with the variables of its `.env`, for the data plane that reads them from
 * a pipe. A file that cannot be compiled is what it prints, and no failure.
 */
export async function run({ file, envFolder }: CompileOptions, context: Context): Promise<number> {
  context.terminal.raw(JSON.stringify(submissionOf({ configPath: file, folder: envFolder }, context)));
  return 0;
}
