import { readFile, rename, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { Provider } from "@plano/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { afterChange, configState, middleAndMost } from "../support/config-state.ts";
import { type Gateway, prepareGateway } from "../support/gateway.ts";
import { mode } from "../support/mode.ts";
import { residentKib } from "../support/processes.ts";
import { startProvider } from "../support/provider.ts";

let providers: readonly Provider[];
let gateway: Gateway;

beforeAll(async () => {
  providers = [await startProvider({ service: "openai" }), await startProvider({ service: "openai" })];
});
afterAll(() => Promise.all(providers.map((provider) => provider.close())));
afterEach(() => gateway?.stop());

/** The configuration of a version: versions alternate between the two providers. */
function configOf(version: number) {
  const provider = providers[version % 2];
  const entry = {
    name: "main",
    model: "openai/*",
    base_url: provider?.url,
    access_key: `$KEY_${version % 2}`,
  };
  return { model_providers: [entry], overrides: { drain_timeout: `${10 + version}s` } };
}

async function start(): Promise<void> {
  const [one, two] = providers.map(({ key }) => key);
  gateway = await prepareGateway({
    config: configOf(1),
    environment: { KEY_0: one ?? "", KEY_1: two ?? "" },
  });
  const up = await gateway.planoai("up", "config.yaml");
  expect(up.exitCode, up.output).toBe(0);
}

const sourceOf = (version: number) => {
  const listeners = [{ name: "egress_traffic", type: "model", port: gateway.port }];
  return JSON.stringify({ version: "v0.4.0", listeners, ...configOf(version) });
};
const renderedPath = () => join(gateway.folder, ".plano/run/arch_config_rendered.yaml");

/** The rendered file of another version, made of the first one. */
function renderedOf(version: number, first: string): string {
  const [one, other] = [providers[1], providers[version % 2]].map((provider) => new URL(provider?.url ?? ""));
  return first
    .replaceAll(one?.port ?? "", other?.port ?? "")
    .replace(/access_key: .*/, `access_key: $KEY_${version % 2}`)
    .replace(/drain_timeout_ms: .*/, `drain_timeout_ms: ${version + 10}000`);
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** Streams of 50 words, a sixth of a minute long and more; `open` tells how many have not ended. */
function openStreams() {
  const client = chatClient({ url: gateway.url });
  const answers: Promise<string>[] = [];
  let open = 0;
  return {
    answers,
    open: () => open,
    /** Opens so many, and resolves when words come from each. */
    async add(count: number, paceMs: number): Promise<void> {
      const started = Array.from({ length: count }, () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        open += 1;
        const question = { model: `openai/scenario-paced-${paceMs}`, text: "hi" };
        const answer = client
          .stream(question, () => resolve())
          .finally(() => {
            open -= 1;
          });
        answers.push(answer.then(({ text }) => text));
        return Promise.race([promise, answer]);
      });
      await Promise.all(started);
    },
  };
}

const allWords = "word ".repeat(50).trimEnd();
const invalid = [
  "version: [",
  "version: v0.4.0\nsurprise: 1\n",
  "",
  "version: v0.4.0\nlisteners: []\nmetrics: {address: 127.0.0.1, port: 1}\n",
];

test("200 open streams finish on their version while 100 valid and 100 invalid configurations alternate", async () => {
  await start();
  // The gateway may compile the source no more; only the rendered file changes here.
  const first = await readFile(renderedPath(), "utf8");
  for (const provider of providers) provider.forget();
  const streams = openStreams();
  const pace = mode === "native" ? 1500 : 700;
  const times: number[] = [];
  const begun = [0, 0];
  for (let version = 1; version <= 100; version += 1) {
    if (version <= 8) {
      await streams.add(25, pace);
      begun[version % 2] = (begun[version % 2] ?? 0) + 25;
    }
    const wrong = await afterChange(gateway, () =>
      writeFile(renderedPath(), invalid[version % invalid.length] ?? ""),
    );
    expect(wrong.state.in_force.version).toBe(version);
    const right = await afterChange(gateway, () => replace(renderedPath(), renderedOf(version + 1, first)));
    expect(right.state.in_force.version).toBe(version + 1);
    times.push(right.milliseconds);
  }
  expect(streams.open()).toBe(200);
  const metrics = await (await fetch(gateway.metricsUrl)).text();
  expect(metrics).toContain('plano_config_reloads_total{outcome="applied"} 100');
  expect(metrics).toContain('plano_config_reloads_total{outcome="refused"} 100');
  expect(await Promise.all(streams.answers)).toEqual(streams.answers.map(() => allWords));
  const outcomes = providers.map(({ requests }) => Promise.all(requests.map(({ outcome }) => outcome)));
  expect(await Promise.all(outcomes)).toEqual(begun.map((count) => Array(count).fill("answered")));
  const { middle, most } = middleAndMost(times);
  process.stderr.write(
    `rendered file in force after ${middle.toFixed(0)} ms, at most ${most.toFixed(0)} ms\n`,
  );
  // 50 ms on a machine that has nothing else to do.
  expect(middle).toBeLessThan(500);
}, 240_000);

test("the same from the source, by the compiler", async () => {
  await start();
  const streams = openStreams();
  await streams.add(20, 250);
  const source = join(gateway.folder, "config.yaml");
  const times: number[] = [];
  for (let version = 1; version <= 8; version += 1) {
    const wrong = await afterChange(gateway, () => writeFile(source, invalid[version % 2] ?? ""));
    expect(wrong.state.in_force.version).toBe(version);
    const right = await afterChange(gateway, () => writeFile(source, sourceOf(version + 1)));
    expect(right.state.in_force.version).toBe(version + 1);
    times.push(right.milliseconds);
  }
  expect(await Promise.all(streams.answers)).toEqual(streams.answers.map(() => allWords));
  const { middle, most } = middleAndMost(times);
  process.stderr.write(`source in force after ${middle.toFixed(0)} ms, at most ${most.toFixed(0)} ms\n`);
  // Half a second on a machine that has nothing else to do.
  expect(middle).toBeLessThan(4000);
}, 120_000);

/** Envoy is asked about each: fewer do. */
const many = mode === "native" ? 200 : 1000;

test(`${many} configurations leave no memory behind`, async () => {
  await start();
  const first = await readFile(renderedPath(), "utf8");
  const control = join(gateway.folder, ".plano/run/control.sock");
  const handIn = async (version: number) => {
    const candidate = {
      rendered: renderedOf(version, first),
      description: {},
      file_variables: {},
      environment: {},
      compiler: { command: [], environment: {}, folder: gateway.folder, watch: [] },
    };
    const outcome = await exchange(control, JSON.stringify({ candidate }));
    expect(JSON.parse(outcome)).toMatchObject({ outcome: "applied", version });
    if (version % 100 === 0)
      await chatClient({ url: gateway.url }).ask({ model: "openai/gpt-4o", text: "hi" });
  };
  const pid = await gateway.pid();
  const warm = many / 5;
  for (let version = 2; version <= warm; version += 1) await handIn(version);
  const before = await residentKib(pid);
  for (let version = warm + 1; version <= warm + many; version += 1) await handIn(version);
  const grown = (await residentKib(pid)) - before;
  process.stderr.write(`${many} configurations: ${before} KiB before, ${grown} KiB more after\n`);
  expect(grown).toBeLessThan(1024);
  expect((await configState(gateway)).in_force.version).toBe(warm + many);
}, 120_000);

/** Sends a text to a socket, up to its end, and resolves to what comes back. */
function exchange(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true }, () => socket.end(text));
    let answer = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    socket.on("error", reject).on("close", () => resolve(answer));
  });
}
