// The folder that packages are made in: what an earlier run has left there goes, what is anybody else's never does.
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** The folder within it that is gone when all is done. */
export const scratchName = ".plan42-packages";

/** Makes a folder ready. Throws an Error, and removes nothing, if it holds what no run has made. @param {string} folder */
export function claimFolder(folder) {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) throw new Error(`${folder} is no folder`);
  const names = found === undefined ? [] : readdirSync(folder).sort();
  const others = names.filter((name) => !isOurs(name));
  if (others.length > 0) {
    const more = others.length > 3 ? `, and ${others.length - 3} more` : "";
    throw new Error(
      `${folder} holds what no earlier run has made (${others.slice(0, 3).join(", ")}${more}); name a new folder`,
    );
  }
  for (const name of names) rmSync(join(folder, name), { recursive: true });
  mkdirSync(folder, { recursive: true });
}

/** @param {string} name */
function isOurs(name) {
  return name === scratchName || name === "SHA256SUMS" || /^plan42[-_]\d.*\.(?:tgz|deb)$/.test(name);
}
