import { execFile } from "node:child_process";
import { describeCause } from "@plano/errors";

/** Runs a program to its end. Rejects with an Error that shows the end of what it said. */
export function runTool(
  program: string,
  words: readonly string[],
  environment?: NodeJS.ProcessEnv,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settings = { timeout: 600_000, ...(environment === undefined ? {} : { env: environment }) };
    execFile(program, [...words], settings, (error, _output, complaint) => {
      if (error === null) return resolve();
      const last = complaint.trim().split("\n").at(-1);
      reject(new Error(`${program}: ${last || describeCause(error)}`));
    });
  });
}
