import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { runPlanoai } from "../support/programs.ts";

/** A Node on this machine that is older than the pinned one, if there is any. */
function olderNode(): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .filter(existsSync)
    .find((node) => Number.parseInt(execFileSync(node, ["-p", "process.versions.node"]).toString(), 10) < 22);
}

const older = olderNode();
const nodes = [{ title: "the pinned Node", node: process.execPath }].concat(
  older === undefined ? [] : [{ title: "an older Node", node: older }],
);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "plano-home-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe.each(nodes)("by absolute path, from another folder, with an empty home, by $title", ({ node }) => {
  /** Without the PATH of the tests: what is needed is found beside the program. */
  const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runPlanoai(args, {
      node,
      folder: "/",
      environment: { HOME: home, PATH: "/usr/bin:/bin", ...environment },
    });

  test("--version and --help answer and leave nothing behind", async () => {
    const version = await run(["--version"]);
    expect(version).toMatchObject({ exitCode: 0, stderr: "" });
    expect(version.stdout).toMatch(/^plano version \d+\.\d+\.\d+\n$/);
    const help = await run(["--help"]);
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toContain("planoai up");
    expect(await readdir(home)).toEqual([]);
  });

  test("up without a file and without keys passes the clients' own keys on; down ends it", async () => {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const environment = { METRICS_BIND_ADDRESS: `127.0.0.1:${metricsPort}` };
    const up = await run(["up", "--path", home, "--listener-port", String(port)], environment);
    try {
      expect(up.exitCode, up.output).toBe(0);
      expect(up.output).toContain("pass-through: openai, anthropic");
      expect(up.output).not.toContain("env-keyed");
      const url = `http://127.0.0.1:${port}`;
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      const reply = await fetch(`${url}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model: "anthropic/claude-x",
          max_tokens: 5,
          messages: [{ role: "user", content: "hi" }],
        }),
      });
      expect(reply.status).toBe(401);
      expect(await reply.json()).toMatchObject({ type: "error", error: { type: "authentication_error" } });
      expect((await run(["status"])).exitCode).toBe(0);
    } finally {
      expect((await run(["down"])).exitCode).toBe(0);
    }
    expect((await run(["status"])).exitCode).toBe(3);
  });

  test("wrong usage is exit code 2", async () => {
    expect((await run(["nonesuch"])).exitCode).toBe(2);
  });
});
