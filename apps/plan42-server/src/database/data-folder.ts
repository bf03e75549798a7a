import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, describeCause } from "@plano/errors";

/**
 * Makes the folder that data goes into, and those above it, for this user alone; one that is there stays as it
 * is. Throws an AppError if it cannot be made.
 */
export function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new AppError(`cannot make the data folder ${folder}: ${describeCause(cause)}`, {
      code: "data-folder",
      cause,
      hint: "Choose another folder with --data-dir.",
    });
  }
}

/** Step by step, because Node's own recursion never ends where a file system takes no folders, such as /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new Error("it is a file");
    return;
  }
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(folder)) throw error;
  }
}
