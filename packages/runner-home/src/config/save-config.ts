import {
  chmod,
  copyFile,
  mkdir,
  open,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import { parse as parseToml } from "smol-toml";
import { type ConfigEdit, editConfig } from "./edit-config.ts";

export interface SaveConfigOptions {
  readonly path: string;
  readonly edits: readonly ConfigEdit[];
  /** Names the copy of a file that was no TOML. */
  readonly now: Date;
}

/** What a save has done. */
export interface SavedConfig {
  /** False when the file said all of it already. */
  readonly changed: boolean;
  /** Where the file is kept that was there before and could not be read as TOML. */
  readonly backup: string | undefined;
}

/**
 * Makes changes in the configuration file as it is now, whoever wrote it last. Nobody ever sees half a file, and
 * it is for its owner only. A file that is no TOML is kept beside the new one. Rejects with an `AppError`.
 */
export async function saveConfig({ path, edits, now }: SaveConfigOptions): Promise<SavedConfig> {
  try {
    const file = await targetOf(path);
    const before = await readIfThere(file);
    const isToml = before === undefined || isTomlText(before);
    const text = editConfig(isToml ? (before ?? "") : "", edits);
    if (text === before) {
      await chmod(file, 0o600);
      return { changed: false, backup: undefined };
    }
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const backup = isToml ? undefined : await keepInvalid(file, now);
    await replace(file, text);
    return { changed: true, backup };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(`cannot write ${path}: ${describeCause(cause)}`, {
      code: "config-file",
      cause,
      hint: "It and its folder must be this user's; nothing of it has changed.",
    });
  }
}

/** Whether a text can be read as TOML at all. */
export function isTomlText(text: string): boolean {
  try {
    parseToml(text);
    return true;
  } catch {
    return false;
  }
}

/** Where the file really is: a link stays a link, also one that leads to a file yet to be made. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const target = await readlink(path).catch(() => undefined);
    return target === undefined ? path : resolve(dirname(path), target);
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function keepInvalid(file: string, now: Date): Promise<string> {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const backup = `${file}.invalid-${stamp}`;
  await copyFile(file, backup);
  await chmod(backup, 0o600);
  return backup;
}

async function replace(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  const temporary = join(folder, `.${basename(file)}.${process.pid}`);
  try {
    const handle = await open(temporary, "w", 0o600);
    try {
      // One that an interrupted save has left may have other rights.
      await handle.chmod(0o600);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await keepOwner(file, temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Under sudo the file stays its owner's. */
async function keepOwner(file: string, temporary: string): Promise<void> {
  const before = await stat(file).catch(() => undefined);
  if (before === undefined || process.getuid?.() !== 0) return;
  const handle = await open(temporary, "r");
  try {
    await handle.chown(before.uid, before.gid);
  } finally {
    await handle.close();
  }
}
