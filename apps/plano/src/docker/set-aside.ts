import { existsSync, renameSync, rmSync } from "node:fs";
import type { DockerFiles } from "./places.ts";

// The files of a container that is stopped, kept while another one tries to take its place.

/** Moves them out of the way of those of the next one. */
export function setAside(files: DockerFiles): void {
  dropSetAside(files);
  for (const folder of foldersOf(files)) if (existsSync(folder)) renameSync(folder, besideOf(folder));
}

/** Puts them back, in place of those of the one that has failed. */
export function restoreSetAside(files: DockerFiles): void {
  for (const folder of foldersOf(files)) {
    rmSync(folder, { recursive: true, force: true });
    if (existsSync(besideOf(folder))) renameSync(besideOf(folder), folder);
  }
}

export function dropSetAside(files: DockerFiles): void {
  for (const folder of foldersOf(files)) rmSync(besideOf(folder), { recursive: true, force: true });
}

function foldersOf({ config, state }: DockerFiles): readonly string[] {
  return [config, state];
}

function besideOf(folder: string): string {
  return `${folder}.former`;
}
