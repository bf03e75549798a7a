import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, describeCause } from "@plano/errors";

/**
 * The name of this installation: kept in the runner's own folder, and made at the first start. Daemons with
 * other folders that share the runner's token and the engine have other names. Throws an `AppError` if it
 * cannot be kept.
 */
export async function readInstallation(folder: string): Promise<string> {
  const path = join(folder, "installation");
  const known = await readFile(path, "utf8").catch(() => "");
  if (known.trim() !== "") return known.trim();
  const name = randomUUID();
  try {
    await writeFile(path, `${name}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new AppError(`the runner cannot write ${path}: ${describeCause(cause)}`, {
      code: "installation",
      cause,
      hint: "Its folder must be this user's; XDG_STATE_HOME names another place for it.",
    });
  }
  return name;
}
