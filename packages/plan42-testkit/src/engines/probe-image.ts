import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** The image that tests run: busybox with its programs in `/bin`, and no more. */
export const probeImage = "localhost/plan42/probe:1";

const programs = [
  ..."sh cat echo sleep true false printf head tail dd seq yes id nc wget ip kill env ls mkdir date base64".split(
    " ",
  ),
  ..."grep test tr wc touch rm".split(" "),
];

/** Where Debian's busybox-static and others put it. */
const busyboxPaths = ["/bin/busybox", "/usr/bin/busybox"];

/** The image's one layer as a tar file, or undefined where there is no busybox. */
export async function probeImageTar(): Promise<Uint8Array | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "plan42-probe-"));
  try {
    await mkdir(join(folder, "bin"));
    await mkdir(join(folder, "usr"));
    await symlink("../bin", join(folder, "usr", "bin"));
    if (!(await copyFirst(busyboxPaths, join(folder, "bin", "busybox")))) return undefined;
    for (const program of programs) await symlink("busybox", join(folder, "bin", program));
    const { stdout } = await promisify(execFile)("tar", ["-c", "-C", folder, "."], {
      encoding: "buffer",
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function copyFirst(sources: readonly string[], target: string): Promise<boolean> {
  for (const source of sources) {
    try {
      await copyFile(source, target);
      return true;
    } catch {
      // The next place may have it.
    }
  }
  return false;
}
