import { execFileSync } from "node:child_process";
import { AppError } from "@plano/errors";

/** The libraries that a program of Linux loads, by absolute paths, its loader among them. */
export function sharedLibraries(program: string): string[] {
  try {
    return parseLibraries(execFileSync("ldd", [program], { encoding: "utf8", stdio: "pipe" }));
  } catch (cause) {
    throw new AppError(`cannot tell which libraries ${program} loads`, {
      code: "no-ldd",
      cause,
      hint: "That takes ldd, on Linux. Elsewhere have Docker build the image: docker build --target envoy .",
    });
  }
}

/** Reads what ldd prints: `NAME => PATH (ADDRESS)`, or `PATH (ADDRESS)` for the loader. Throws where one is missing. */
export function parseLibraries(printed: string): string[] {
  const missing = /^\s*(\S+) => not found/m.exec(printed)?.[1];
  if (missing !== undefined) throw new Error(`${missing} is not there`);
  return [...printed.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[\da-f]+\)$/gm)].map(([, path = ""]) => path);
}
