import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * The image that tests run: busybox with its programs in `/bin`, and an agent that takes its turn's prompt for
 * a line of shell.
 */
export const probeImage = "localhost/plan42/probe:1";

/** The prompt must hold no quotes and no backslashes, since this reads JSON with sed. */
const agentWrapper = `#!/bin/sh
input=$(cat)
prompt=$(printf '%s' "$input" | sed 's/.*"Turn":{[^}]*"Prompt":"\\([^"]*\\)".*/\\1/')
[ "$prompt" != "$input" ] || exit 99
eval "$prompt"
`;

const programs = [
  ..."sh cat echo sleep true false printf head tail dd seq yes id nc wget ip kill env ls mkdir date base64".split(
    " ",
  ),
  ..."grep test tr wc touch rm sed nslookup".split(" "),
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
    await writeFile(join(folder, "bin", "agent-wrapper"), agentWrapper, { mode: 0o755 });
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
