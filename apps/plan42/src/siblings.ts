import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@plano/errors";
import type { Context } from "./context.ts";
import { siblingOverride } from "./environment.ts";

export type SiblingName = "plan42-runner" | "plan42-runner-config" | "plan42-server";

/** Becomes one of the programs that come along with this one. Throws an AppError if it is not there. */
export function becomeSibling(name: SiblingName, words: readonly string[], context: Context): never {
  const [program, ...flags] = siblingCommand(name, context);
  return context.become(program, [...flags, ...words]);
}

/** What starts one of those programs: a program by its absolute path, and its first arguments. */
export function siblingCommand(
  name: SiblingName,
  context: Pick<Context, "environment" | "programFolder">,
): readonly [program: string, ...words: string[]] {
  const program = findSibling(name, context);
  // A script runs by the Node of this process, which is new enough; others run by themselves.
  if (!/\.[cm]?[jt]s$/.test(program)) return [program];
  return [process.execPath, ...nodeFlags(program), program];
}

function findSibling(
  name: SiblingName,
  { environment, programFolder }: Pick<Context, "environment" | "programFolder">,
): string {
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
