// npm run fuzz [-- TARGET ...] [-- --seconds N]: searches for inputs that break a promise. Plain Node 20.
// Builds with the compiler of the workspace; libFuzzer comes from crates.io, so that cargo and a C++
// compiler are all it takes. New seeds grow in crates/fuzz/grown, findings go to crates/fuzz/artifacts.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { bold, commandEnvironment, dim, green, red, root, runStep, StepError } from "./steps.mjs";

const fuzz = join(root, "crates", "fuzz");
const searches = join(fuzz, "libfuzzer");
const output = join(root, "crates", "target", "fuzz");

/** Makes every branch and comparison visible to libFuzzer; also what cargo-fuzz passes. */
const instrumentation = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "-Ccodegen-units=1",
];

/** Longest input tried, in bytes; some seeds pass the 4,096 that libFuzzer would take. */
const longestInput = 8192;
/** Slowest run of one input, in seconds, and its memory in MB. */
const limits = ["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=256"];

const targets = readdirSync(join(searches, "src", "bin"))
  .map((file) => basename(file, ".rs"))
  .sort();

/** @param {string[]} args @returns {{ chosen: string[], seconds: number }} */
function readArguments(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seconds: { type: "string", default: "600" } },
  });
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 1) {
    throw new StepError(`--seconds takes a whole number of at least 1, not '${values.seconds}'`, "");
  }
  const unknown = positionals.filter((name) => !targets.includes(name));
  if (unknown.length > 0) {
    throw new StepError(`no target '${unknown.join("', '")}'; there are: ${targets.join(", ")}`, "");
  }
  return { chosen: positionals.length > 0 ? positionals : targets, seconds };
}

/** The triple keeps the flags away from build scripts and macros. */
function hostTriple() {
  const { stdout } = spawnSync("rustc", ["-vV"], { cwd: searches, encoding: "utf8" });
  const triple = /^host: (.+)$/m.exec(stdout ?? "")?.[1];
  if (!triple) throw new StepError("rustc does not answer; install Rust with rustup, rustup.rs", "");
  return triple;
}

/** @param {string[]} chosen @returns {Promise<string>} the folder of the programs */
async function build(chosen) {
  const triple = hostTriple();
  // The versions of the workspace; cargo adds libFuzzer to them.
  copyFileSync(join(root, "crates", "Cargo.lock"), join(searches, "Cargo.lock"));
  const flags = [process.env.RUSTFLAGS ?? "", ...instrumentation].join(" ").trim();
  await runStep(
    "build",
    ["cargo", "build", "--release", "--target", triple, ...chosen.flatMap((name) => ["--bin", name])],
    {
      folder: searches,
      environment: { ...commandEnvironment(), RUSTFLAGS: flags, CARGO_TARGET_DIR: output },
    },
  );
  return join(output, triple, "release");
}

/** @param {string} text */
function describe(text) {
  const found = (/** @type {RegExp} */ pattern) => text.match(pattern)?.at(-1)?.replace(/\D+/, "") ?? "?";
  const runs = found(/stat::number_of_executed_units: *\d+/g);
  return `${runs} runs, coverage ${found(/cov: \d+/g)}, ${found(/stat::peak_rss_mb: *\d+/g)} MB`;
}

/** @param {string} programs @param {string} name @param {number} seconds @returns {Promise<string | undefined>} the input that failed */
async function search(programs, name, seconds) {
  const grown = join(fuzz, "grown", name);
  const artifacts = join(fuzz, "artifacts", name);
  for (const folder of [grown, artifacts]) mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(artifacts));
  const command = /** @type {const} */ ([
    join(programs, name),
    `-max_total_time=${seconds}`,
    `-max_len=${longestInput}`,
    ...limits,
    `-artifact_prefix=${artifacts}/`,
    "-print_final_stats=1",
    grown,
    join(fuzz, "corpus", name),
  ]);
  try {
    await runStep(name, command, { folder: fuzz, summary: describe });
    return undefined;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    const finding = readdirSync(artifacts).find((file) => !before.has(file));
    return finding ? relative(root, join(artifacts, finding)) : error.message;
  }
}

try {
  const { chosen, seconds } = readArguments(process.argv.slice(2));
  const programs = await build(chosen);
  /** @type {string[]} */
  const findings = [];
  for (const name of chosen) {
    const finding = await search(programs, name, seconds);
    if (finding !== undefined) findings.push(`${name}: ${finding}`);
  }
  for (const finding of findings) process.stdout.write(`${red("✗")} ${finding}\n`);
  if (findings.length > 0) {
    process.stdout.write(
      `${dim("Keep the input under crates/fuzz/corpus/TARGET/ with the fix: npm test runs it from then on.")}\n`,
    );
    process.exitCode = 1;
  } else {
    process.stdout.write(`${green("✓")} ${bold("nothing found")}\n`);
  }
} catch (error) {
  process.stderr.write(`${red("Fuzzing stopped:")} ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
