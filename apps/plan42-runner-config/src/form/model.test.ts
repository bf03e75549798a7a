import { readWrittenConfig } from "@plano/runner-home";
import { expect, test } from "vitest";
import { setupOf } from "../setup/setup.ts";
import { update } from "./model.ts";
import { type Action, type Effect, type FormState, type Key, openForm } from "./state.ts";

const file = `[runner]
url = "https://a.example"
token = "p42r_a.b.c"
runtime = "docker"
skip_ssl_verify = true
[github.corp]
connection_id = "1"
token = "env:T"
`;

function open(text = file, keepsSkipSslVerify = false): FormState {
  const written = readWrittenConfig(text);
  const facts = { path: "~/runner.toml", exists: text !== "", written, notices: [] };
  return openForm({ file: facts, setup: setupOf(written, "docker"), keepsSkipSslVerify });
}

/** A key by name, or a text to be typed. */
type Press = Exclude<Key["name"], "edit"> | { readonly text: string };

function after(
  state: FormState,
  ...actions: readonly (Press | Action)[]
): { state: FormState; effects: Effect[] } {
  const effects: Effect[] = [];
  let current = state;
  for (const action of actions) {
    const [next, named] = update(current, asAction(action));
    current = next;
    effects.push(...named);
  }
  return { state: current, effects };
}

function asAction(given: Press | Action): Action {
  if (typeof given === "string") return { type: "key", key: { name: given } };
  if ("type" in given) return given;
  return { type: "key", key: { name: "edit", edit: { type: "insert", text: given.text } } };
}

const passed = (id: number, names: readonly string[] = ["corp"]): Action => ({
  type: "validated",
  id,
  outcome: {
    ok: true,
    connections: names.map((name, index) => ({ connectionId: String(index + 1), name })),
    expiresAt: undefined,
  },
});
const failed = (id: number): Action => ({
  type: "validated",
  id,
  outcome: { ok: false, message: "token not authorized" },
});

test("down and up go through the fields; the ends hold", () => {
  const places: string[] = [];
  let state = after(open(), "down", "down", "down", passed(1)).state;
  for (let count = 0; count < 5; count += 1) {
    places.push(state.focus);
    state = after(state, "down").state;
  }
  expect(places).toEqual(["0.url", "0.token", "ok", "cancel", "cancel"]);
  for (const expected of ["ok", "0.token", "0.url", "runtime", "url", "token", "token"]) {
    state = after(state, "up").state;
    expect(state.focus).toBe(expected);
  }
});

test("going below the runner's section checks the token first, once per token and server", () => {
  const { state, effects } = after(open(), "down", "down", "down");
  expect(effects).toEqual([{ type: "validate", id: 1, setup: state.setup }]);
  expect([state.focus, state.validation.state]).toEqual(["runtime", "running"]);
  const there = after(state, passed(1)).state;
  expect([there.focus, there.validation.state]).toEqual(["0.url", "passed"]);
  expect(after(there, "up", "down").effects).toEqual([]);
  const changed = after(there, "up", "up", { text: "x" });
  expect(changed.state.validation.state).toBe("none");
  expect(after(changed.state, "down", "down").effects).toMatchObject([{ type: "validate", id: 2 }]);
});

test("a check that fails leaves the focus on the last field of the section", () => {
  const { state } = after(open(), "down", "down", "down", failed(1));
  expect(state.focus).toBe("runtime");
  expect(state.validation).toMatchObject({ state: "failed", failure: { message: "token not authorized" } });
});

test("a check is cancelled by esc, and what comes of it later counts for nothing", () => {
  const { state, effects } = after(open(), "down", "down", "down", "escape");
  expect(effects.at(-1)).toEqual({ type: "cancel-validation" });
  expect(state.validation.state).toBe("none");
  expect(after(state, passed(1)).state).toBe(state);
  const again = after(state, "down").state;
  expect(after(again, passed(1)).state.validation).toEqual({ state: "running", id: 2 });
  expect(after(again, passed(2)).state.focus).toBe("0.url");
});

test("while a check runs keys wait, also the one that saves", () => {
  const { state } = after(open(), "down", "down", "down");
  expect(after(state, "save", "up", { text: "x" })).toEqual({ state, effects: [] });
  expect(after(state, "quit").effects.at(-1)).toEqual({ type: "leave", saved: undefined });
});

test("without connections the button comes next; those that the server does not know go", () => {
  const { state } = after(open(), "down", "down", "down", passed(1, []));
  expect([state.focus, state.setup.connections]).toEqual(["ok", []]);
  expect(state.validation).toMatchObject({ state: "passed", count: 0, removed: ["corp"] });
});

test("what is typed goes into the field, and spaces around it go when it is used", () => {
  const { state } = after(open(""), { text: " p42r_x " }, "down", "down", "down");
  expect(state.setup.token).toBe("p42r_x");
  const saved = after(open(), "down", "down", "down", passed(1), "down", { text: " \n" }, "save");
  expect(saved.effects.at(-1)).toMatchObject({ type: "save", setup: { connections: [{ token: "env:T" }] } });
});

test("another server's certificate is checked again, unless a flag says no", () => {
  expect(after(open(), "down", { text: "x" }).state.setup.skipSslVerify).toBe(false);
  expect(after(open(), { text: "x" }).state.setup.skipSslVerify).toBe(true);
  expect(after(open(file, true), "down", { text: "x" }).state.setup.skipSslVerify).toBe(true);
});

const runtimes: Action = {
  type: "runtimes-found",
  runtimes: [
    { name: "docker", state: "not-installed", version: undefined },
    { name: "podman", state: "ready", version: "5.0.0" },
    { name: "apple", state: "not-installed", version: undefined },
  ],
};

test("the runtime is what is installed, unless it was chosen", () => {
  expect(after(open(""), runtimes).state.setup.runtime).toBe("podman");
  expect(after(open(), runtimes).state.setup.runtime).toBe("docker");
  // The runner takes the platform's for a file that names none.
  expect(after(open('[runner]\nurl = "https://a"'), runtimes).state.setup.runtime).toBe("docker");
});

test("the drop-down opens, moves, chooses and closes", () => {
  const opened = after(open(), runtimes, "down", "down", "right").state;
  expect(opened.dropDown).toEqual({ isOpen: true, highlighted: 0 });
  expect(after(opened, "left").state.dropDown.isOpen).toBe(false);
  const closed = after(opened, "escape");
  expect([closed.state, closed.effects]).toEqual([after(opened, "left").state, []]);
  const chosen = after(opened, "down", "enter").state;
  expect([chosen.setup.runtime, chosen.dropDown.isOpen, chosen.focus]).toEqual(["podman", false, "runtime"]);
  expect(after(opened, "down", "space").state.setup.runtime).toBe("podman");
  // Its ends hold.
  expect(after(opened, "up").state).toEqual(opened);
  const last = after(opened, "down", "down", "down");
  expect([last.state.dropDown, last.effects]).toEqual([{ isOpen: true, highlighted: 2 }, []]);
  expect(after(last.state, "enter", "up").state).toMatchObject({ focus: "url", setup: { runtime: "apple" } });
  expect(after(opened, { text: "q" })).toEqual({ state: opened, effects: [] });
});

test("another runtime is checked again, and what was said of the one before goes", () => {
  const { state } = after(open(), runtimes, "down", "down", "down", failed(1));
  const same = after(state, "enter", "enter").state;
  expect(same.validation.state).toBe("failed");
  const other = after(state, "enter", "down", "enter");
  expect(other.state.validation.state).toBe("none");
  const there = after(other.state, "down", passed(2), "up", "enter", "up", "enter", "down");
  expect(there.effects).toMatchObject([
    { type: "validate", id: 2 },
    { type: "validate", id: 3 },
  ]);
});

test("a runtime that nobody knows stays until another is chosen", () => {
  const { state } = after(open('[runner]\nruntime = "rocket"'), runtimes, "down", "down", "enter");
  expect(state.dropDown).toEqual({ isOpen: true, highlighted: 0 });
  expect(after(state, "enter").state.setup.runtime).toBe("rocket");
  expect(after(state, "down", "enter").state.setup.runtime).toBe("docker");
});

test("a secret is shown on demand, until the focus moves", () => {
  const { state } = after(open(), "reveal");
  expect(state.isRevealed).toBe(true);
  expect(after(state, "reveal").state.isRevealed).toBe(false);
  expect(after(state, "down", "up").state.isRevealed).toBe(false);
  expect(after(open(), "down", "reveal").state.isRevealed).toBe(false);
});

test("saving is told, and an error stays wherever the focus goes, until a text is changed", () => {
  const { state, effects } = after(open(), "save");
  expect([effects, state.isSaving]).toEqual([[{ type: "save", setup: state.setup }], true]);
  expect(after(state, "save", "down").effects).toEqual([]);
  const wrong = after(state, { type: "not-saved", message: "no space" }, "down").state;
  expect(wrong).toMatchObject({ saveError: "no space", isSaving: false, focus: "url" });
  expect(after(wrong, { text: "x" }).state.saveError).toBeUndefined();
  const saved = { changed: true, backup: undefined };
  expect(after(state, { type: "saved", saved }).effects).toEqual([{ type: "leave", saved }]);
});

test("a save that is refused leads to the field that it is about", () => {
  const refused = (field: "token" | "1.url"): Action => ({ type: "not-saved", message: "no", field });
  const saving = after(open(), "down", "down", "save").state;
  expect(after(saving, refused("token")).state).toMatchObject({ focus: "token", saveError: "no" });
  expect(after(saving, refused("1.url")).state.focus).toBe("1.url");
  expect(after(saving, { type: "not-saved", message: "no" }).state.focus).toBe("runtime");
});

test("the buttons save and leave", () => {
  const atOk = after(open(), "down", "down", "down", passed(1, [])).state;
  expect(after(atOk, "enter").effects).toMatchObject([{ type: "save" }]);
  const atCancel = after(atOk, "right").state;
  expect([atCancel.focus, after(atCancel, "left").state.focus]).toEqual(["cancel", "ok"]);
  expect(after(atCancel, "enter").effects.at(-1)).toEqual({ type: "leave", saved: undefined });
});

test("esc leaves at once if nothing has changed, else asks first", () => {
  for (const text of [file, ""]) {
    expect(after(open(text), runtimes, "escape").effects.at(-1)).toEqual({ type: "leave", saved: undefined });
  }
  const { state, effects } = after(open(), { text: "x" }, "escape");
  expect([effects, state.isLeaving]).toEqual([[], true]);
  expect(after(state, "down").state.isLeaving).toBe(false);
  expect(after(state, "escape").effects.at(-1)).toEqual({ type: "leave", saved: undefined });
  expect(after(open(), { text: "x" }, "quit").effects.at(-1)).toEqual({ type: "leave", saved: undefined });
});

test("help covers the form; up and down move in it, another key uncovers it, and does nothing else", () => {
  const { state } = after(open(), "help");
  expect(state.helpLine).toBe(0);
  expect(after(state, "up").state.helpLine).toBe(0);
  expect(after(state, "down", "down").state.helpLine).toBe(2);
  expect(after(state, ...Array.from({ length: 30 }, () => "down" as const)).state.helpLine).toBe(12);
  expect(after(state, "down", "save")).toEqual({ state: open(), effects: [] });
  expect(after(state, "quit").effects).toHaveLength(2);
});

test("ctrl+z is left to the shell", () => {
  expect(after(open(), "suspend").effects).toEqual([{ type: "suspend" }]);
});
