import { execFile } from "node:child_process";
import type { Execute } from "./service-manager.ts";

/** Runs programs of this system, whose words are short. */
export const execute: Execute = (program, words) =>
  new Promise((resolve) => {
    execFile(program, words, { encoding: "utf8", maxBuffer: 16 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error === null) return resolve({ code: 0, stdout, stderr });
      const { code } = error;
      if (typeof code === "number") return resolve({ code, stdout, stderr });
      resolve({ code: code === "ENOENT" ? 127 : 1, stdout, stderr: stderr || error.message });
    });
  });
