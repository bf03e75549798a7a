import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { configFile } from "./places.ts";

/**
 * Reads the files of a folder that a container sees. Returns what puts them back, each in one step; the
 * configuration is last, since it is what the program watches.
 */
export function rememberFiles(folder: string): () => void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const last = basename(configFile);
  const remembered = [...names.filter((name) => name !== last), ...names.filter((name) => name === last)].map(
    (name) => ({ name, content: readFileSync(join(folder, name)), owner: statSync(join(folder, name)) }),
  );
  return () => {
    for (const name of readdirSync(folder)) if (!names.includes(name)) rmSync(join(folder, name));
    for (const { name, content, owner } of remembered) {
      const path = join(folder, name);
      if (existsSync(path) && readFileSync(path).equals(content)) continue;
      const beside = `${path}.new`;
      rmSync(beside, { force: true });
      writeFileSync(beside, content, { mode: 0o600, flag: "wx" });
      if (process.getuid?.() === 0) chownSync(beside, owner.uid, owner.gid);
      renameSync(beside, path);
    }
  };
}
