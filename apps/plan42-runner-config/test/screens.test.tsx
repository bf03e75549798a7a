import { readWrittenConfig } from "@plano/runner-home";
import { createScreenStore, noColours } from "@plano/screen";
import { createFakeScreen } from "@plano/screen/testing";
import { render } from "ink";
import stringWidth from "string-width";
import { afterEach, expect, test, vi } from "vitest";
import { update } from "../src/form/model.ts";
import { type Action, type Effect, openForm } from "../src/form/state.ts";
import { App } from "../src/screens/App.tsx";
import { setupOf } from "../src/setup/setup.ts";

const now = new Date("2026-11-21T12:00:00Z");
const file = `[runner]
url = "https://plan42.example"
token = "p42r_0123456789"
runtime = "docker"
[github.corp]
name = "Corp"
connection_id = "7f0c9a52-0000-4000-8000-000000000001"
url = "https://git.corp.example"
token = "env:CORP_TOKEN"
[github.home]
connection_id = "7f0c9a52-0000-4000-8000-000000000002"
token = "ghp_secret"
`;
const runtimes: Action = {
  type: "runtimes-found",
  runtimes: [
    { name: "docker", state: "ready", version: "29.1.0" },
    { name: "podman", state: "not-running", version: undefined },
    { name: "apple", state: "not-installed", version: undefined },
  ],
};
const down = "\u001b[B";
const passed: Action = {
  type: "validated",
  id: 1,
  outcome: {
    ok: true,
    connections: [
      { connectionId: "7f0c9a52-0000-4000-8000-000000000001", name: "Corp" },
      { connectionId: "7f0c9a52-0000-4000-8000-000000000003", name: "Corp" },
    ],
    expiresAt: new Date("2026-11-25T00:00:00Z"),
  },
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface OpenOptions {
  readonly text?: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly path?: string;
  readonly notices?: readonly string[];
  /** What is written is what a terminal gets, instead of whole frames. */
  readonly isRaw?: boolean;
}

async function open(options: OpenOptions = {}) {
  const { text = file, columns = 80, rows = 24, isRaw = false } = options;
  const { path = "~/.config/plan42-runner.toml", notices = [] } = options;
  const screen = createFakeScreen(columns, rows);
  const written = readWrittenConfig(text);
  const effects: Effect[] = [];
  const store = createScreenStore(
    openForm({
      file: { path, exists: text !== "", written, notices },
      setup: setupOf(written, "docker"),
      keepsSkipSslVerify: false,
    }),
    update,
    (effect: Effect) => effects.push(effect),
  );
  const app = render(<App store={store} theme={noColours} now={() => now} />, {
    stdin: screen.stdin,
    stdout: screen.stdout,
    debug: !isRaw,
    interactive: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 1000,
  });
  closing.push(() => app.unmount());
  await app.waitUntilRenderFlush();
  const settle = () => app.waitUntilRenderFlush();
  return {
    screen,
    effects,
    frame: screen.frame,
    press: async (...keys: readonly string[]) => {
      screen.press(...keys);
      await settle();
    },
    tell: async (action: Action) => {
      store.dispatch(action);
      await settle();
    },
    resize: async (nextColumns: number, nextRows: number) => {
      screen.resize(nextColumns, nextRows);
      await settle();
    },
  };
}

test("a new configuration begins with the token", async () => {
  const { frame } = await open({ text: "" });
  expect(frame()).toMatchSnapshot();
});

test("a file is shown with its secrets masked", async () => {
  const { frame, tell } = await open();
  await tell(runtimes);
  expect(frame()).toMatchSnapshot();
  expect(frame()).not.toMatch(/0123456789|ghp_secret/);
});

test("a token is shown on demand", async () => {
  const { frame, press } = await open();
  await press("\u0012");
  expect(frame()).toContain("p42r_0123456789");
  await press(down);
  expect(frame()).not.toContain("0123456789");
});

test("the drop-down shows what is installed", async () => {
  const { frame, press, tell } = await open();
  await tell(runtimes);
  await press(down, down, "\r", down);
  expect(frame()).toMatchSnapshot();
});

test("a check shows that it runs, that it failed, and what helps", async () => {
  const { frame, press, tell } = await open();
  await press(down, down, down);
  expect(frame()).toMatch(/⠋ Validating Token \(esc cancels\)/);
  expect(frame()).toContain("Keys wait for the check. Esc cancels it; ctrl+s saves after that.");
  await tell({
    type: "validated",
    id: 1,
    outcome: { ok: false, message: "token not authorized", hint: "It is expired." },
  });
  expect(frame()).toMatchSnapshot();
});

test("a check that passed tells of the token, and shows the server's connections", async () => {
  const { frame, press, tell } = await open();
  await tell(runtimes);
  await press(down, down, down);
  await tell(passed);
  expect(frame()).toMatchSnapshot();
});

test("a long form shows the part that matters, in any window", async () => {
  const { frame, press, tell, resize } = await open();
  await tell(runtimes);
  await press(down, down, down);
  await tell(passed);
  await press(down, down, down);
  await resize(50, 12);
  await expect.poll(frame).toContain("↑ 13 more");
  expect(frame()).toMatchSnapshot();
  for (const [columns, rows] of [
    [40, 8],
    [80, 24],
    [200, 60],
    [45, 30],
    [120, 9],
  ] as const) {
    await resize(columns, rows);
    await vi.waitFor(() => {
      const lines = frame().split("\n");
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
      expect(frame()).toContain("› Github Token");
      expect(frame()).toContain("[OK]");
    });
  }
  await resize(30, 6);
  await expect.poll(frame).toBe("needs 40×8 cells");
});

test("at 60×15 keys are shown, hints are whole, and paths are broken at their slashes", async () => {
  const path = "~/projects/plan42/machines/laptop/plan42-runner-of-the-laptop.toml";
  const notices = [`! Others on this machine can read ${path}. Saving closes it to them.`];
  const { frame, press, tell } = await open({ columns: 60, rows: 15, path, notices });
  expect(frame()).toMatchSnapshot();
  await press("\u0013");
  await tell({
    type: "not-saved",
    message: `cannot write ${path}: it is a directory. It and its folder must be this user's; nothing of it has changed.`,
  });
  expect(frame()).toMatchSnapshot();
  expect(frame().replaceAll(/\s+/g, " ")).toContain("must be this user's; nothing of it has changed.");
});

test("the choice of an open list is in sight in a low window", async () => {
  const { frame, press, tell } = await open({ columns: 40, rows: 8 });
  await tell(runtimes);
  await press(down, down, "\r");
  for (const name of ["Docker", "Podman", "Apple"]) {
    expect(frame()).toMatch(new RegExp(`> ${name}`));
    expect(frame().split("\n")).toHaveLength(8);
    await press(down);
  }
});

test("an error of saving is seen wherever the focus is", async () => {
  const { frame, press, tell } = await open();
  await press("\u0013");
  await tell({ type: "not-saved", message: "cannot write /x/runner.toml: no space left on the device" });
  for (const key of [down, down, "\u001b[A", "\u001b[A"]) {
    expect(frame()).toContain("ERROR: cannot write /x/runner.toml: no space left on the device");
    await press(key);
  }
});

test("leaving with changes asks first", async () => {
  const { frame, press, effects } = await open();
  await press("x");
  await press("\u001b");
  await expect.poll(frame).toContain("Not saved yet. Esc again leaves without saving.");
  expect(effects).toEqual([]);
});

test("leaving with changes asks first, also after a save that failed", async () => {
  const { frame, press, tell, effects } = await open();
  await press("x");
  await press("\u0013");
  await tell({ type: "not-saved", message: "the disk is full" });
  effects.length = 0;
  await press("\u001b");
  await expect.poll(frame).toContain("Not saved yet. Esc again leaves without saving.");
  expect(effects).toEqual([]);
  await press(down);
  expect(frame()).toContain("ERROR: the disk is full");
});

test("? shows the keys", async () => {
  const { frame, press, resize } = await open();
  await press("?");
  expect(frame()).toMatchSnapshot();
  await resize(40, 8);
  await expect.poll(frame).toContain("↓ 7 more");
  await press(...Array.from({ length: 8 }, () => down));
  expect(frame()).toMatchSnapshot("in a low window");
  await press(...Array.from({ length: 8 }, () => down));
  expect(frame()).toMatch(/^› \? +these keys$/m);
  expect(frame()).toContain("↑ 7 more");
  await press("x");
  expect(frame()).toContain("[runner]");
});

test("a paste is one text, whatever line ends are in it", async () => {
  const { frame, press } = await open({ text: "" });
  await press("\u001b[200~p42r_pasted\n\u001b[201~");
  expect(frame()).toContain("› Plan42 Runner Token  p42r_••••••");
});

test("a key writes the lines that it changes, and no others", async () => {
  const { screen, press } = await open({ isRaw: true });
  const before = screen.writes.length;
  await press("x");
  const written = screen.writes.slice(before).join("");
  expect(written).not.toBe("");
  for (const other of ["Server URL", "[runner]", "[OK]", "\u001b[2J", "\u001b[3J"]) {
    expect(written).not.toContain(other);
  }
  expect(written.length).toBeLessThan(200);
});
