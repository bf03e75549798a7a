import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import {
  describeTomlError,
  isOpenToOthers,
  readWrittenConfig,
  runnerFolders,
  type WrittenConfig,
} from "@plano/runner-home";
import type { Context } from "../context.ts";
import { folderVariables } from "../environment.ts";
import type { ConfigFlags } from "../program.ts";

/** The configuration file as it is found. */
export interface OpenedFile {
  readonly path: string;
  /** Whether the runner looks there by itself. */
  readonly isUsual: boolean;
  /** For messages: in the home folder it begins with `~`. */
  readonly shownPath: string;
  /** Undefined if there is no file. */
  readonly text: string | undefined;
  /** What the text says; empty if it is no TOML. */
  readonly written: WrittenConfig;
  /** What is wrong with the text, if it is no TOML. */
  readonly fault: string | undefined;
  /** Whether others than its owner can read it. */
  readonly isOpen: boolean;
}

const nothing: WrittenConfig = { runner: {}, github: [] };

/** Reads the configuration file. Throws an `AppError` if it is there and cannot be read. */
export function openFile({ configFile }: ConfigFlags, { environment, platform }: Context): OpenedFile {
  const usual = runnerFolders(folderVariables(environment), platform).configFile;
  const path = resolve(configFile ?? usual);
  const found = { path, isUsual: path === usual, shownPath: shorten(path, environment.HOME) };
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
      return { ...found, text: undefined, written: nothing, fault: undefined, isOpen: false };
    }
    throw new AppError(`cannot read ${path}: ${describeCause(cause)}`, {
      code: "config-file",
      cause,
      hint: "It must be a file of this user's; --config-file names another one.",
    });
  }
  const isOpen = isOpenToOthers(path);
  try {
    return { ...found, text, written: readWrittenConfig(text), fault: undefined, isOpen };
  } catch (cause) {
    return { ...found, text, written: nothing, fault: describeTomlError(cause), isOpen };
  }
}

function shorten(path: string, home: string | undefined): string {
  return home !== undefined && isAbsolute(home) && path.startsWith(`${home}/`)
    ? `~${path.slice(home.length)}`
    : path;
}
