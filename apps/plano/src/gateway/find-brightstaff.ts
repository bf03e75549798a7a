import { accessSync, constants, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { brightstaffOverride } from "../environment.ts";

/** The data plane program: the one of PLANO_BRIGHTSTAFF, or the one installed beside this program. */
export function findBrightstaff({ environment, programFolder, currentFolder }: Context): string {
  const override = brightstaffOverride(environment);
  if (override !== undefined) {
    const path = resolve(currentFolder, override);
    if (isProgram(path)) return path;
    throw new AppError(`PLANO_BRIGHTSTAFF names no program: ${path}`, { code: "no-data-plane" });
  }
  const places = [
    join(programFolder, "bin", "brightstaff"),
    join(programFolder, "..", "..", "crates", "target", "release", "brightstaff"),
  ];
  const found = places.find(isProgram);
  if (found !== undefined) return found;
  throw new AppError("the data plane program brightstaff is not built", {
    code: "no-data-plane",
    hint: [
      "Looked for it at:",
      ...places.map((place) => `  ${place}`),
      "Build it with: planoai build --native",
    ].join("\n"),
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
