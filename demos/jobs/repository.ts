import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Cast, Companion } from "./cast.ts";

/** A repository that containers can clone and push to. */
export interface Repository {
  /** `org/name`. */
  readonly name: string;
  /** A file of a branch. */
  read(branch: string, path: string): string;
  /** `hash title` of a branch's last commit. */
  lastCommit(branch: string): string;
  stop(): Promise<void>;
}

export interface RepositoryOptions {
  readonly cast: Cast;
  readonly folder: string;
  /** Where git's own server listens. */
  readonly address: string;
  readonly port: number;
}

/** Makes a repository with one commit, and serves it. */
export async function serveRepository({
  cast,
  folder,
  address,
  port,
}: RepositoryOptions): Promise<Repository> {
  const name = "acme/web";
  const bare = join(folder, "repositories", `${name}.git`);
  const first = join(folder, "first");
  mkdirSync(bare, { recursive: true });
  mkdirSync(first);
  git(bare, "init", "--quiet", "--bare", "--initial-branch=main");
  git(first, "init", "--quiet", "--initial-branch=main");
  writeFileSync(join(first, "README.md"), "# web\n");
  git(first, "add", "README.md");
  git(first, "commit", "--quiet", "--message", "Begin");
  git(first, "push", "--quiet", bare, "main");
  rmSync(first, { recursive: true });

  const server: Companion = cast.start([
    // Not by way of git, which would not hand a signal on.
    join(git(folder, "--exec-path"), "git-daemon"),
    `--listen=${address}`,
    `--port=${port}`,
    `--base-path=${join(folder, "repositories")}`,
    "--export-all",
    "--enable=receive-pack",
    "--reuseaddr",
  ]);
  await untilOpen(address, port, server);
  return {
    name,
    read: (branch, path) => git(bare, "show", `${branch}:${path}`),
    lastCommit: (branch) => git(bare, "show", "--no-patch", "--format=%h %s (%an)", branch),
    stop: server.stop,
  };
}

function git(folder: string, ...words: readonly string[]): string {
  const own = ["-c", "user.name=Demo", "-c", "user.email=demo@localhost"];
  return execFileSync("git", [...own, ...words], { cwd: folder, encoding: "utf8" }).trimEnd();
}

async function untilOpen(address: string, port: number, server: Companion): Promise<void> {
  const failed = server.firstLine().then(() => {});
  // It ends at the demo's end, too, when nobody waits for it any more.
  failed.catch(() => {});
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isOpen = new Promise<boolean>((resolve) => {
      const socket = connect(port, address);
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (await isOpen) return;
    await Promise.race([delay(25), failed]);
  }
  throw new Error("git daemon does not answer");
}
