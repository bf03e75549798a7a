import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { probeImage } from "./probe-image.ts";

const run = promisify(execFile);

/** Podman with storage of its own. */
export interface PodmanEngine {
  /** What Podman has to find in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** Sets Podman up so that the user's images and containers are not touched; undefined if it cannot run here. */
export async function startPodman(tar: Uint8Array): Promise<PodmanEngine | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "plan42-podman-"));
  const environment = {
    CONTAINERS_CONF: join(folder, "containers.conf"),
    CONTAINERS_STORAGE_CONF: join(folder, "storage.conf"),
  };
  const stop = async () => {
    await run("podman", ["rm", "--all", "--force", "--time", "0"], {
      env: { ...process.env, ...environment },
    }).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
  // Inside a container Podman may not raise limits to its usual defaults.
  await writeFile(
    environment.CONTAINERS_CONF,
    '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n',
  );
  await writeFile(
    environment.CONTAINERS_STORAGE_CONF,
    `[storage]\ndriver = "vfs"\ngraphroot = "${join(folder, "graph")}"\nrunroot = "${join(folder, "run")}"\n`,
  );
  const env = { ...process.env, ...environment };
  try {
    const imported = run("podman", ["import", "--change", "ENV PATH=/bin", "-", probeImage], { env });
    imported.child.stdin?.on("error", () => {});
    imported.child.stdin?.end(tar);
    await imported;
    await run("podman", ["run", "--rm", "--network", "none", probeImage, "true"], { env, timeout: 60_000 });
    return { environment, stop };
  } catch {
    await stop();
    return undefined;
  }
}
