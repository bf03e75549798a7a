import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "@plano/runner-home";
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
  const settings = createSettings(readConfig(source).config, source);

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
  expect(lines.map(({ msg }) => msg)).toEqual([
    "configuration reloaded",
    "the changed configuration is wrong; the old one stays",
    "these changes need a restart",
    "configuration reloaded",
  ]);
  rmSync(folder, { recursive: true });
});
