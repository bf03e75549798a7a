import { mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** An image that jobs of this machine ran in. */
export interface UsedImage {
  readonly reference: string;
  readonly lastUsedAt: Date;
}

// Each image is an empty file that is named after it and was changed when it was used last.

/** Notes that a job uses an image now. */
export async function noteUsedImage(folder: string, reference: string): Promise<void> {
  const path = fileOf(folder, reference);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, "", { flag: "a", mode: 0o600 });
  const now = new Date();
  await utimes(path, now, now);
}

/** The images that were noted and not forgotten. */
export async function listUsedImages(folder: string): Promise<UsedImage[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  return Promise.all(
    names.map(async (name) => ({
      reference: decodeURIComponent(name),
      lastUsedAt: (await stat(join(folder, name))).mtime,
    })),
  );
}

/** Forgets an image, once it is gone. */
export function forgetUsedImage(folder: string, reference: string): Promise<void> {
  return rm(fileOf(folder, reference), { force: true });
}

function fileOf(folder: string, reference: string): string {
  return join(folder, encodeURIComponent(reference));
}
