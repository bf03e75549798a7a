import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeToken } from "@plano/plan42-testkit";
import { findConfig } from "@plano/runner-home";
import { pino } from "pino";
import { expect, test } from "vitest";
import { createSettings } from "./settings.ts";

test("a changed file counts at once, a wrong one changes nothing, and some keys need a restart", () => {
  const folder = mkdtempSync(join(tmpdir(), "p42-"));
  const path = join(folder, "runner.toml");
  const write = (text: string) =>
    writeFileSync(path, `[runner]\nurl = "https://a"\ntoken = "p42r_x"\n${text}`, { mode: 0o600 });
  const lines: { readonly msg: string }[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const source = { path, platform: "linux", variables: {} };
  write("max_jobs = 1");
  const settings = createSettings(findConfig(source), source);

  write("max_jobs = 5");
  settings.reload(log);
  expect(settings.current().maxJobs).toBe(5);

  write("max_jobs = 0");
  settings.reload(log);
  expect(settings.current().maxJobs).toBe(5);

  write('max_jobs = 7\nruntime = "podman"\nhttp_proxy = "http://127.0.0.1:1"');
  settings.reload(log);
  expect(settings.current()).toMatchObject({ maxJobs: 7, runtime: "docker" });
  expect(lines).toContainEqual(expect.objectContaining({ keys: ["runtime", "http_proxy"] }));
  expect(settings.restartNeeded()).toEqual(["runtime", "http_proxy"]);
  expect(lines.map(({ msg }) => msg)).toEqual([
    "configuration reloaded",
    "the changed configuration is wrong; the old one stays",
    "these changes need a restart",
    "configuration reloaded",
  ]);
  write("max_jobs = 0");
  settings.reload(log);
  expect(settings.restartNeeded()).toEqual(["runtime", "http_proxy"]);
  write("max_jobs = 7");
  settings.reload(log);
  expect(settings.restartNeeded()).toEqual([]);
  rmSync(folder, { recursive: true });
});

test("a new token of the same runner counts at once, another runner's needs a restart", () => {
  const folder = mkdtempSync(join(tmpdir(), "p42-"));
  const path = join(folder, "runner.toml");
  const write = (token: string) =>
    writeFileSync(path, `[runner]\nurl = "https://a"\ntoken = "${token}"\n`, { mode: 0o600 });
  const tokenOf = (runner: string) => fakeToken("p42r", { sub: "tenant", runner_id: runner });
  const log = pino({ level: "silent" });
  const source = { path, platform: "linux", variables: {} };
  write(tokenOf("one"));
  const settings = createSettings(findConfig(source), source);
  const renewed = tokenOf("one");
  for (const written of [renewed, tokenOf("two"), "p42r_broken"]) {
    write(written);
    settings.reload(log);
    expect(settings.current().token).toBe(renewed);
  }
  rmSync(folder, { recursive: true });
});

test("a token that is none is wrong, and the old configuration stays whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "p42-"));
  const path = join(folder, "runner.toml");
  const tokenFile = join(folder, "token");
  const write = (token: string, jobs: number) => {
    writeFileSync(tokenFile, token);
    const text = `[runner]\nurl = "https://a"\ntoken_file = "${tokenFile}"\nmax_jobs = ${jobs}\n`;
    writeFileSync(path, text, { mode: 0o600 });
  };
  const lines: { readonly msg: string }[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const source = { path, platform: "linux", variables: {} };
  const good = fakeToken("p42r", { sub: "tenant", runner_id: "one" });
  write(good, 1);
  const settings = createSettings(findConfig(source), source);
  for (const token of ["p42r_broken", "p42u_a.b.c"]) {
    write(token, 2);
    settings.reload(log);
  }
  expect(settings.current()).toMatchObject({ token: good, maxJobs: 1 });
  const wrong = "the changed configuration is wrong; the old one stays";
  expect(lines.map(({ msg }) => msg)).toEqual([wrong, wrong]);
  expect(JSON.stringify(lines)).not.toContain("a.b.c");
  rmSync(folder, { recursive: true });
});
