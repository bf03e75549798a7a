// Measures how long the form of plan42-runner-config takes from its start to its first whole frame, on a terminal
// of its own, in turns with a bare Node that only prints. `npm run bench:form -w @plano/bench` builds first.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(
  new URL("../../apps/plan42-runner-config/bin/plan42-runner-config.cjs", import.meta.url),
);
const rounds = 20;

/** Milliseconds until a program on a terminal has written a text. It is ended then. */
async function timeUntil(words: readonly string[], text: string, home: string): Promise<number> {
  const command = [process.execPath, ...words].map((word) => `'${word}'`).join(" ");
  const begin = performance.now();
  // script(1) gives it a terminal, of no size unless stty says so.
  const child = spawn("script", ["-qec", `stty cols 80 rows 24; exec ${command}`, "/dev/null"], {
    env: { PATH: process.env.PATH, HOME: home, TERM: "xterm-256color" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  // It may have ended by itself.
  child.stdin.on("error", () => {});
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let written = "";
  for await (const part of child.stdout.setEncoding("utf8")) {
    written += part;
    if (written.includes(text)) break;
  }
  const took = performance.now() - begin;
  child.stdin.write("\u0003");
  child.kill("SIGTERM");
  await ended;
  return took;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

function summary(values: readonly number[]): string {
  const [median, least, most] = [0.5, 0, 1].map((share) => quantile(values, share).toFixed(0));
  return `${median} ms (${least} to ${most})`;
}

const home = mkdtempSync(join(tmpdir(), "p42-first-frame-"));
const form: number[] = [];
const bare: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  bare.push(await timeUntil(["-e", 'console.log("ready")'], "ready", home));
  form.push(await timeUntil([program], "ctrl+s save", home));
}
rmSync(home, { recursive: true, force: true });
console.log(`Node that only prints   ${summary(bare)}`);
console.log(`first frame of the form ${summary(form)}, at most 350 ms wanted`);
console.log(
  `the form in place of it ${(quantile(form, 0.5) / quantile(bare, 0.5)).toFixed(1)} times as long`,
);
