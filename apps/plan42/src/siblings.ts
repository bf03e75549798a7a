import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@plano/errors";
import type { Context } from "./context.ts";
import { siblingOverride } from "./environment.ts";

export type SiblingName = "plan42-runner" | "plan42-server";

/** Becomes one of the programs that come along with this one. Throws an AppError if it is not there. */
export function becomeSibling(name: SiblingName, words: readonly string[], context: Context): never {
  const program = findSibling(name, context);
  // A script runs by the Node of this process, which is new enough; others run by themselves.
  if (!/\.[cm]?[jt]s$/.test(program)) return context.become(program, words);
  return context.become(process.execPath, [...nodeFlags(program), program, ...words]);
}

function findSibling(name: SiblingName, { environment, programFolder }: Context): string {
  const override = siblingOverride(environment, name);
  const places = override
    ? [override]
    : [join(programFolder, "bin", `${name}.cjs`), join(programFolder, "..", name, "bin", `${name}.cjs`)];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new AppError(`${name} is not installed beside plan42`, {
    code: "no-sibling",
    hint: `Looked for it in:\n${places.join("\n")}`,
  });
}

/** The flags of Node that a script asks for in its first line, as in `#!/usr/bin/env -S node --flag`. */
function nodeFlags(path: string): string[] {
  const [, flags = ""] = /^#!.*\bnode((?: --\S+)*)\s*\n/.exec(readFileSync(path, "utf8")) ?? [];
  return flags.split(" ").filter((flag) => flag !== "");
}
