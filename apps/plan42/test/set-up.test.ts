import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildPrograms, freePort, openStage, type Running, type Stage } from "./stage.ts";
import { hasTmux, openTerminalScreen, type TerminalScreen } from "./terminal-screen.ts";

// A first set-up as a person does it: a server, a runner's token, the form on a terminal.

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const patience = { timeout: 60_000, interval: 100 };
let stage: Stage;
let server: Running | undefined;
let screen: TerminalScreen | undefined;
let url: string;

beforeAll(async () => {
  if (!hasTmux) return;
  await buildPrograms();
  stage = openStage();
  const port = await freePort("127.0.0.1");
  url = `http://127.0.0.1:${port}`;
  const place = ["--listen", `127.0.0.1:${port}`, "--data-dir", `${stage.home}/data`];
  server = stage.start(["server", "start", "--json", ...place]);
  await vi.waitFor(() => expect(server?.stdout()).toContain("\n"), patience);
  expect(await stage.run(["login"], server.stdout())).toMatchObject({ code: 0 });
}, 180_000);
afterAll(async () => {
  await screen?.close();
  server?.child.kill("SIGTERM");
  await server?.ended;
  await stage?.close();
});

/** A screen without what differs from run to run. */
function plain(shown: string): string {
  return shown
    .replaceAll(url, "http://127.0.0.1:PORT")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "00000000-0000-4000-8000-000000000000")
    .replace(/\d{4}-\d\d-\d\d/g, "DATE")
    .replace(/•+/g, "•••");
}

test.runIf(hasTmux)(
  "a runner is set up in a form, from the token to the file",
  async () => {
    await stage.json(["runner", "create", "laptop", "--default", "--json"]);
    await stage.json(["github", "create", "corp", "--runner", "laptop", "--json"]);
    const { stdout: token } = await stage.run(["runner", "token", "laptop"]);
    // No engine is found there, whatever this machine has.
    const nowhere = join(stage.home, "nowhere");
    mkdirSync(nowhere);
    screen = await openTerminalScreen({
      folder: stage.home,
      words: [process.execPath, main, "runner", "config"],
      environment: { HOME: stage.home, PATH: nowhere, DOCKER_HOST: `unix://${nowhere}/docker.sock` },
      columns: 80,
      rows: 24,
    });
    await screen.until("Docker (Not Installed)");
    expect(plain(await screen.capture())).toMatchSnapshot("the form opens");

    await screen.paste(token);
    await screen.press("Tab", "C-u");
    await screen.paste(`${url}/nowhere`);
    await screen.press("Tab", "Tab");
    await screen.until("ERROR: unable to connect to server");
    expect(plain(await screen.capture())).toMatchSnapshot("the server's address is wrong");

    await screen.press("Up", "C-w", "BSpace");
    await screen.until(`${url}\n`);
    await screen.press("Tab", "Tab");
    await screen.until("✓ The token is valid until");
    await screen.press("Tab");
    await screen.paste("env:GITHUB_TOKEN");
    await screen.until("env:GITHUB_TOKEN");
    expect(plain(await screen.capture())).toMatchSnapshot("the token is valid, and GitHub's is given");

    await screen.resize(60, 12);
    await screen.until("↑");
    expect(plain(await screen.capture())).toMatchSnapshot("in a small window");
    await screen.resize(80, 24);
    await screen.until("Plan42 Runner Token");
    await screen.press("?");
    expect(plain(await screen.until("other keys go back"))).toMatchSnapshot("the keys");
    await screen.press("x", "Tab");
    await screen.until("Writes ~/.config/plan42-runner.toml.");
    await screen.press("Enter");
    expect(plain(await screen.until("runner exec here"))).toMatchSnapshot("saved");

    const file = join(stage.home, ".config", "plan42-runner.toml");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, "utf8");
    expect(text).toContain(`token = "${token.trim()}"`);
    expect(plain(text.replace(token.trim(), "TOKEN"))).toMatchSnapshot("the file");
    expect(await stage.run(["runner", "config", "--validate"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the environment variable GITHUB_TOKEN is not set"),
    });
  },
  180_000,
);

test.runIf(hasTmux)(
  "ctrl+z gives the terminal to the shell, and fg takes it back",
  async () => {
    const shell = await openTerminalScreen({
      folder: stage.home,
      words: ["bash", "--norc", "-i"],
      environment: { HOME: stage.home, PATH: process.env.PATH, PS1: "shell> " },
      columns: 80,
      rows: 24,
    });
    try {
      await shell.until("shell>");
      await shell.press(`'${process.execPath}' '${main}' runner config -c new.toml`, "Enter");
      await shell.until("[runner]");
      for (const typed of ["p42r_a", "b"]) {
        await shell.press("C-z");
        await shell.until("Stopped");
        await shell.press("clear; fg", "Enter");
        await shell.until("[runner]");
        await shell.press(typed);
      }
      await shell.press("C-r");
      await shell.until("p42r_ab");
      await shell.press("C-c");
      expect(await shell.until("shell>")).not.toContain("[runner]");
    } finally {
      await shell.close();
    }
  },
  60_000,
);

test.runIf(hasTmux)(
  "a file that is no TOML is told, and kept beside the one that is saved",
  async () => {
    const file = join(stage.home, "broken.toml");
    writeFileSync(file, '[runner]\ntoken = "p42r_old\n', { mode: 0o644 });
    chmodSync(file, 0o644);
    const form = await openTerminalScreen({
      folder: stage.home,
      words: [process.execPath, main, "runner", "config", "-c", file],
      environment: { HOME: stage.home, PATH: process.env.PATH },
      columns: 100,
      rows: 24,
    });
    try {
      const opened = await form.until("is no TOML");
      expect(opened).toContain("(line 2). When you save, it is kept beside");
      expect(opened).toContain("Others on this machine can read ~/broken.toml. Saving closes it to them.");
      expect(opened).not.toContain("old");
      await form.press("x", "C-s");
      await form.until("ERROR: invalid runner token.");
      await form.press("C-u");
      await form.paste("env:TOKEN");
      await form.press("C-s");
      await form.until("the file that was no TOML is kept as");
      const names = readdirSync(stage.home).filter((name) => name.startsWith("broken"));
      expect(names.sort()).toEqual([
        "broken.toml",
        expect.stringMatching(/^broken\.toml\.invalid-\d{8}T\d{6}Z$/),
      ]);
      expect(readFileSync(join(stage.home, names[1] ?? ""), "utf8")).toContain("p42r_old");
      for (const name of names) expect(statSync(join(stage.home, name)).mode & 0o777).toBe(0o600);
    } finally {
      await form.close();
    }
  },
  60_000,
);
