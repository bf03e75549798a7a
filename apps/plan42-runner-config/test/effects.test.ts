import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTerminal } from "@plano/terminal";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findRuntimes } from "../src/checks/find-runtimes.ts";
import { openFile } from "../src/commands/open-setup.ts";
import { createPerformer } from "../src/commands/perform-effects.ts";
import type { Context } from "../src/context.ts";
import type { Action } from "../src/form/state.ts";
import { setupOf } from "../src/setup/setup.ts";
import { type FakeService, startFakeService } from "./fake-service.ts";
import { createPlace, type Place } from "./place.ts";

const patience = { timeout: 30_000 };
let place: Place;
let service: FakeService;
let actions: Action[];
beforeEach(async () => {
  place = createPlace();
  service = await startFakeService();
  actions = [];
});
afterEach(async () => {
  await service.close();
  place.clear();
});

function open(environment: Context["environment"] = {}, platform = "linux") {
  const silent = { write: () => true };
  const context: Context = {
    terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
    environment: { HOME: place.home, ...environment },
    platform,
    now: () => new Date(),
    readInput: () => Promise.resolve(""),
    screen: { stdin: process.stdin, stdout: process.stdout, suspend: () => Promise.resolve() },
  };
  const file = openFile({ configFile: place.file, set: [] }, context);
  const performer = createPerformer({ file, context, suspendScreen: () => Promise.resolve() });
  const setup = { ...setupOf(file.written, "docker"), url: service.url, token: service.token };
  const dispatch = (action: Action) => void actions.push(action);
  return { context, performer, setup, dispatch };
}

test("a check gives this runner's connections", async () => {
  const { performer, setup, dispatch } = open();
  service.connections = [
    { ConnectionID: "1", Name: "mine" },
    { ConnectionID: "2", RunnerID: "other" },
  ];
  performer.perform({ type: "validate", id: 7, setup }, dispatch);
  await vi.waitFor(() => expect(actions).toHaveLength(1), patience);
  expect(actions).toMatchObject([
    { type: "validated", id: 7, outcome: { ok: true, connections: [{ connectionId: "1", name: "mine" }] } },
  ]);
});

test("a check follows references to the token", async () => {
  const { performer, setup, dispatch } = open({ MY_TOKEN: service.token });
  const secret = join(place.home, "secret");
  writeFileSync(secret, `${service.token}\n`);
  for (const [id, token] of ["env:MY_TOKEN", `file:${secret}`, "env:OTHER", "file:/nowhere"].entries()) {
    performer.perform({ type: "validate", id, setup: { ...setup, token } }, dispatch);
    await vi.waitFor(() => expect(actions).toHaveLength(id + 1), patience);
  }
  expect(actions).toMatchObject([
    { outcome: { ok: true } },
    { outcome: { ok: true } },
    { outcome: { ok: false, message: "the environment variable OTHER is not set" } },
    { outcome: { ok: false, message: "/nowhere cannot be read: no such file or directory" } },
  ]);
});

test("a check fails for a runtime that no runner of this machine starts with, and nobody is asked", async () => {
  const { performer, setup, dispatch } = open();
  performer.perform({ type: "validate", id: 1, setup: { ...setup, runtime: "apple" } }, dispatch);
  await vi.waitFor(() => expect(actions).toHaveLength(1), patience);
  const message = 'the runtime "apple" needs macOS';
  expect(actions).toMatchObject([{ outcome: { ok: false, message, field: "runtime" } }]);
  expect(service.requests).toEqual([]);
});

test("a check that is cancelled ends its request, and is not heard of again", async () => {
  const { performer, setup, dispatch } = open();
  const gate = Promise.withResolvers<void>();
  service.gate = gate.promise;
  performer.perform({ type: "validate", id: 1, setup }, dispatch);
  await vi.waitFor(() => expect(service.requests).toHaveLength(1), patience);
  performer.perform({ type: "cancel-validation" }, dispatch);
  await vi.waitFor(() => expect(service.abandoned).toBe(1), patience);
  gate.resolve();
  performer.perform({ type: "validate", id: 2, setup }, dispatch);
  await vi.waitFor(() => expect(actions).toHaveLength(1), patience);
  expect(actions).toMatchObject([{ id: 2 }]);
});

test("a save writes the file, or says why it could not", async () => {
  const { performer, setup, dispatch } = open();
  performer.perform({ type: "save", setup }, dispatch);
  await vi.waitFor(() => expect(actions).toHaveLength(1), patience);
  expect(actions).toEqual([{ type: "saved", saved: { changed: true, backup: undefined } }]);
  expect(place.read()).toContain(service.token);

  const folder = join(place.home, "folder");
  mkdirSync(folder);
  const { context } = open();
  const file = { ...openFile({ configFile: place.file, set: [] }, context), path: folder };
  createPerformer({ file, context, suspendScreen: () => Promise.resolve() }).perform(
    { type: "save", setup },
    dispatch,
  );
  await vi.waitFor(() => expect(actions).toHaveLength(2), patience);
  expect(actions[1]).toEqual({
    type: "not-saved",
    message: `cannot write ${folder}: it is a directory. It and its folder must be this user's; nothing of it has changed.`,
  });
});

test("what no runner could start with is not written, and is told; references may lead nowhere yet", async () => {
  const { performer, setup, dispatch } = open();
  const connection = { key: "c", connectionId: "1", name: "c", url: "https://github.com", token: "" };
  const refused = [
    [{ token: "" }, "missing runner token", "token"],
    [{ token: "p42r_garbage" }, "invalid api token: invalid jwt token", "token"],
    [{ token: "file:" }, "invalid runner token", "token"],
    [{ url: "" }, "missing server url", "url"],
    [{ url: "nota url" }, "invalid server url", "url"],
    [{ url: "https://api.dev.plan42.aiftp://x y" }, "invalid server url", "url"],
    [{ connections: [connection, { ...connection, url: "x" }] }, "[github.c]: invalid server url", "1.url"],
    [{ runtime: "apple" }, 'the runtime "apple" needs macOS', "runtime"],
  ] as const;
  for (const [index, [wrong, message, field]] of refused.entries()) {
    performer.perform({ type: "save", setup: { ...setup, ...wrong } }, dispatch);
    await vi.waitFor(() => expect(actions).toHaveLength(index + 1), patience);
    const told = expect.stringContaining(`${message}. `);
    expect(actions[index]).toMatchObject({ type: "not-saved", message: told, field });
  }
  expect(() => place.read()).toThrow();
  performer.perform({ type: "save", setup: { ...setup, token: "env:NOT_SET" } }, dispatch);
  await vi.waitFor(() => expect(actions.at(-1)).toMatchObject({ type: "saved" }), patience);
});

test("on macOS the default runtime is saved, which its runner takes once the network is opened", async () => {
  const { performer, setup, dispatch } = open({}, "darwin");
  const onMac = { ...setup, runtime: "apple" };
  performer.perform({ type: "validate", id: 1, setup: onMac }, dispatch);
  await vi.waitFor(() => expect(actions).toHaveLength(1), patience);
  expect(actions).toMatchObject([{ outcome: { ok: false, hint: expect.stringContaining("network") } }]);
  performer.perform({ type: "save", setup: onMac }, dispatch);
  await vi.waitFor(() => expect(actions.at(-1)).toMatchObject({ type: "saved" }), patience);
});

test("the runner finds a token's file wherever it is started", async () => {
  const { performer, setup, dispatch } = open();
  performer.perform({ type: "save", setup: { ...setup, token: "file:~/secret" } }, dispatch);
  await vi.waitFor(() => expect(actions).toHaveLength(1), patience);
  expect(place.read()).toContain(`token_file = "${place.home}/secret"`);
});

test("runtimes are found by their programs and engines", async () => {
  const programs = join(place.home, "programs");
  mkdirSync(programs);
  const add = (name: string, script: string) => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  const environment = { PATH: programs, DOCKER_HOST: `unix://${place.home}/no.sock` };
  const find = (platform = "darwin") => findRuntimes({ environment, platform });
  expect(await find()).toEqual([
    { name: "apple", state: "not-installed", version: undefined },
    { name: "podman", state: "not-installed", version: undefined },
    { name: "docker", state: "not-installed", version: undefined },
  ]);
  add("docker", "exit 0");
  add("podman", 'echo \'{"Client":{"Version":"5.4.2","OsArch":"linux/amd64"}}\'');
  // It answers for itself, and its services do not.
  add("container", 'test "$1" = --version && echo container CLI version 1.0.0');
  expect(await find()).toEqual([
    { name: "apple", state: "not-running", version: undefined },
    { name: "podman", state: "ready", version: "5.4.2" },
    { name: "docker", state: "not-running", version: undefined },
  ]);
  add("container", 'test "$1" = --version && echo container CLI version 1.0.0; exit 0');
  expect((await find())[0]).toEqual({ name: "apple", state: "ready", version: "1.0.0" });
  expect(await find("linux")).toEqual([
    { name: "docker", state: "not-running", version: undefined },
    { name: "podman", state: "ready", version: "5.4.2" },
    { name: "apple", state: "other-platform", version: undefined },
  ]);
});
