import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { importIntoDocker } from "@plano/plan42-testkit";
import { build } from "esbuild";

const run = promisify(execFile);
const agentFolder = fileURLToPath(new URL("agent/", import.meta.url));
const largestImage = 512 * 1024 * 1024;

/**
 * Assembles an image out of this machine's own Node and git and the demo's agent, without a registry, and puts it
 * into an engine. Resolves to its reference. Needs Linux.
 */
export async function assembleAgentImage(dockerHost: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "plan42-agent-"));
  try {
    await copyProgram(process.execPath, "/usr/bin/node", root);
    await copyProgram((await run("which", ["git"])).stdout.trim(), "/usr/bin/git", root);
    await build({
      entryPoints: [join(agentFolder, "agent.ts")],
      outfile: join(root, "agent/agent.mjs"),
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
      banner: {
        js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
      },
    });
    // What the runner starts, whatever the agent is written in.
    await write(
      root,
      "usr/bin/agent-wrapper",
      '#!/usr/bin/node\nprocess.env.PATH = "/usr/bin";\nimport("/agent/agent.mjs");\n',
      0o755,
    );
    await write(root, "etc/nsswitch.conf", "hosts: files dns\n");
    await write(root, "etc/passwd", "root:x:0:0::/tmp:/bin/false\n");
    await mkdir(join(root, "tmp"));
    const { stdout } = await run("tar", ["-c", "-C", root, "."], {
      encoding: "buffer",
      maxBuffer: largestImage,
    });
    const code = createHash("sha256").update(await readFile(join(root, "agent/agent.mjs")));
    const reference = `localhost/plan42/demo-agent:${code.digest("hex").slice(0, 12)}`;
    await importIntoDocker(dockerHost, reference, stdout);
    return reference;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Copies a program and the libraries that it is linked to. */
async function copyProgram(source: string, target: string, root: string): Promise<void> {
  const { stdout } = await run("ldd", [source]);
  const libraries = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path ?? "");
  for (const [from, to] of [[source, target], ...libraries.map((path) => [path, path])]) {
    if (from === undefined || to === undefined) continue;
    await mkdir(join(root, dirname(to)), { recursive: true });
    await cp(from, join(root, to), { dereference: true });
  }
}

async function write(root: string, path: string, content: string, mode = 0o644): Promise<void> {
  await mkdir(join(root, dirname(path)), { recursive: true });
  await writeFile(join(root, path), content, { mode });
}
