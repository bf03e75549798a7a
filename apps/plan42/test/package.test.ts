import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPrograms } from "./stage.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const programs = ["plan42", "plan42-runner", "plan42-runner-config"];
const { version } = JSON.parse(readFileSync(join(root, "apps/plan42/package.json"), "utf8"));
const has = (...words: [string, ...string[]]) => spawnSync(words[0], words.slice(1)).status === 0;
const isLinux = process.platform === "linux" && has("python3", "-m", "pip", "--version");

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plan42-package-"));
  if (!isLinux) return;
  await buildPrograms();
  execFileSync("npm", ["run", "--silent", "package", "--", "--built", join(folder, "out")], {
    cwd: root,
    stdio: "pipe",
  });
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program with hardly any environment: no Node in the path. */
function run(program: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", HOME: folder },
  });
  return { status, stdout, stderr };
}

describe.runIf(isLinux)("packages", () => {
  test("come with checksums that are right", () => {
    const out = join(folder, "out");
    execFileSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: out });
    const sums = readFileSync(join(out, "SHA256SUMS"), "utf8").trim().split("\n");
    expect(sums.map((line) => line.split("  ")[1]).sort()).toEqual(
      readdirSync(out)
        .filter((name) => name !== "SHA256SUMS")
        .sort(),
    );
    expect(sums).toHaveLength(3);
  });

  test.runIf(has("dpkg", "--version") && process.getuid?.() === 0)(
    "the Debian package is installed, runs without a Node of the system's, and goes again",
    () => {
      const target = join(folder, "debian");
      for (const part of ["info", "updates"])
        mkdirSync(join(target, "var/lib/dpkg", part), { recursive: true });
      for (const file of ["status", "available"]) writeFileSync(join(target, "var/lib/dpkg", file), "");
      const [deb = ""] = readdirSync(join(folder, "out")).filter((name) => name.endsWith(".deb"));
      const dpkg = (...words: string[]) =>
        execFileSync("dpkg", [`--root=${target}`, "--force-depends", "--force-not-root", ...words], {
          stdio: "pipe",
        });
      dpkg("--install", join(folder, "out", deb));
      for (const program of programs) {
        const { status, stdout, stderr } = run(join(target, "usr/bin", program), "--version");
        expect([status, stderr]).toEqual([0, ""]);
        expect(stdout).toContain(version);
        expect(existsSync(join(target, "usr/share/man/man1", `${program}.1.gz`))).toBe(true);
      }
      // One program finds the other.
      const { status, stderr } = run(join(target, "usr/bin/plan42"), "runner", "exec");
      expect(status).toBe(78);
      expect(stderr).toContain("failed to open config file");
      dpkg("--remove", "plan42");
      expect(existsSync(join(target, "usr/lib/plan42"))).toBe(false);
    },
    60_000,
  );

  test("the archive runs from wherever it is unpacked, by links too", () => {
    const [archive = ""] = readdirSync(join(folder, "out")).filter((name) => /-linux-.*\.tgz$/.test(name));
    const target = join(folder, "an archive");
    mkdirSync(target);
    execFileSync("tar", ["-xzf", join(folder, "out", archive), "--strip-components=1", "-C", target]);
    mkdirSync(join(folder, "links"));
    for (const program of programs) {
      const link = join(folder, "links", program);
      execFileSync("ln", ["-s", join(target, "bin", program), link]);
      expect(run(link, "--version").stdout).toContain(version);
    }
  });

  test("the npm package has the three programs", () => {
    const target = join(folder, "npm");
    mkdirSync(target);
    const archive = join(folder, "out", `plan42-${version}.tgz`);
    const words = [
      "install",
      "--offline",
      "--no-audit",
      "--no-fund",
      "--global",
      "--prefix",
      target,
      archive,
    ];
    execFileSync("npm", words, {
      stdio: "pipe",
      env: { ...process.env, npm_config_cache: join(folder, "cache") },
    });
    for (const program of programs) {
      const { stdout } = spawnSync(process.execPath, [join(target, "bin", program), "--version"], {
        encoding: "utf8",
      });
      expect(stdout).toContain(version);
    }
  }, 60_000);

  test.runIf(has("groff", "--version"))("the manual has every command, in roff without a fault", () => {
    const pages = join(folder, "npm/lib/node_modules/plan42/man");
    for (const program of programs) {
      const words = ["-man", "-Tutf8", "-ww", join(pages, `${program}.1`)];
      const { stdout, stderr } = spawnSync("groff", words, {
        encoding: "utf8",
        env: { PATH: "/usr/bin:/bin" },
      });
      expect(stderr).toBe("");
      expect(stdout.length).toBeGreaterThan(500);
    }
    const page = readFileSync(join(pages, "plan42.1"), "utf8");
    for (const words of ["runner enable", "runner job logs", "task create", "doctor"]) {
      expect(page).toContain(`plan42 ${words}`);
    }
    for (const title of ['"EXIT CODES"', '"VARIABLES"', '"A FIRST TASK"'])
      expect(page).toContain(`.SH ${title}`);
    expect(page).toContain("Examples:\n.nf\n  plan42 runner enable\n");
    expect(page).toContain("PLAN42_TOKEN");
  });
});
