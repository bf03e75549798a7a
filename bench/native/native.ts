// Measures what our filters add to Envoy, in turns with bare Envoy and with the gateway that needs none. `npm run
// bench:native -w @plano/bench` builds first; `--quick` after `--` measures a tenth.
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Caller, connectCaller } from "./caller.ts";
import { startBareEnvoy, startGateway, startMock, type Target } from "./targets.ts";

const quick = process.argv.includes("--quick");
const rounds = quick ? 6 : 30;
const callsPerRound = quick ? 60 : 200;
const filter = fileURLToPath(
  new URL("../../crates/target/wasm32-wasip1/filter/llm_gateway.wasm", import.meta.url),
);

const chat = (model: string, size: number) =>
  JSON.stringify({ model, messages: [{ role: "user", content: "w".repeat(size) }] });

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** Microseconds of the middle call of each path, which are taken in turns. */
async function middles(callers: ReadonlyMap<string, Caller>): Promise<Map<string, number>> {
  const taken = new Map([...callers.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, call] of callers) {
      for (let at = 0; at < callsPerRound; at += 1) {
        const microseconds = await call();
        // The first round warms everything up.
        if (round > 0) taken.get(name)?.push(microseconds);
      }
    }
  }
  return new Map([...taken].map(([name, values]) => [name, quantile(values, 0.5)]));
}

async function latency(targets: Readonly<Record<string, Target>>, model: string, size: number) {
  const callers = new Map<string, Caller>();
  for (const [name, { port }] of Object.entries(targets)) {
    callers.set(name, await connectCaller(port, chat(model, size)));
  }
  const middle = await middles(callers);
  const direct = middle.get("direct") ?? Number.NaN;
  const added = (name: string) => (middle.get(name) ?? Number.NaN) - direct;
  const filters = added("native") - added("envoy");
  const of = [`embedded ${added("embedded").toFixed(0)}`, `bare Envoy ${added("envoy").toFixed(0)}`];
  const all = [...of, `native ${added("native").toFixed(0)}`, `so the filters ${filters.toFixed(0)}`];
  console.log(`added p50, ${size} bytes, ${model} (direct ${direct.toFixed(0)} µs): ${all.join(", ")} µs`);
}

const mock = await startMock();
const starts: Record<"envoy" | "embedded" | "native", number[]> = { envoy: [], embedded: [], native: [] };
for (let round = 0; round < (quick ? 2 : 5); round += 1) {
  for (const [name, start] of [
    ["envoy", () => startBareEnvoy(mock.port)],
    ["embedded", () => startGateway(mock.port, [])],
    ["native", () => startGateway(mock.port, ["--native"])],
  ] as const) {
    const target = await start();
    starts[name].push(target.startMilliseconds);
    await target.stop();
  }
}
for (const [name, values] of Object.entries(starts))
  console.log(
    `start of ${name}: ${quantile(values, 0.5).toFixed(0)} ms (${values.map(Math.round).join(", ")})`,
  );

const targets = {
  direct: mock,
  envoy: await startBareEnvoy(mock.port),
  embedded: await startGateway(mock.port, []),
  native: await startGateway(mock.port, ["--native"]),
};
for (const [model, size] of [
  ["openai/gpt-4o", 800],
  ["anthropic/claude-sonnet-4-5", 800],
  ["openai/gpt-4o", 100_000],
] as const) {
  await latency(targets, model, size);
}
for (const [name, { processes }] of Object.entries(targets)) {
  if (name === "direct") continue;
  const memory = processes().map(([program, kib]) => `${program} ${(kib / 1024).toFixed(1)} MiB`);
  console.log(`memory of ${name} after the load: ${memory.join(", ")}`);
}
console.log(`llm_gateway.wasm: ${(statSync(filter).size / 1e6).toFixed(2)} MB`);
for (const target of Object.values(targets)) await target.stop();
process.exit();
