// npm test: sets up, runs every check and every suite, and ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envoyPath } from "./install-envoy.mjs";
import { setUp } from "./set-up.mjs";
import { bold, commandEnvironment, dim, red, root, runStep, StepError, withoutColours } from "./steps.mjs";
import { hasWasmTarget, wasmTarget } from "./wasm-target.mjs";

/** @typedef {{ passed: number, failed: number }} Count */

const folder = mkdtempSync(join(tmpdir(), "plano-test-"));
const crates = join(root, "crates");
/** @type {Count} */
const total = { passed: 0, failed: 0 };
/** @type {string[]} */
const failures = [];

/** A check has no tests to count: it passes or it is one failure. @param {string} title @param {() => Promise<unknown>} run */
async function check(title, run) {
  try {
    await run();
  } catch (error) {
    total.failed += 1;
    failures.push(error instanceof Error ? error.message : `${title}: ${error}`);
  }
}

/**
 * A suite counts its tests, also when some fail.
 * @param {string} title @param {readonly [string, ...string[]]} command @param {string} cwd
 * @param {(output: string) => Count} count @param {NodeJS.ProcessEnv} [variables]
 */
async function suite(title, command, cwd, count, variables = {}) {
  let output = "";
  let failure = "";
  try {
    const environment = { ...commandEnvironment(), ...variables };
    const summary = (/** @type {string} */ text) => describe(count(text));
    output = await runStep(title, command, { folder: cwd, environment, summary });
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    ({ output } = error);
    failure = error.message;
  }
  const counted = count(output);
  total.passed += counted.passed;
  // A suite that fell over without a failed test has failed all the same.
  total.failed += failure === "" ? counted.failed : Math.max(1, counted.failed);
  if (failure !== "") failures.push(failure);
  else if (counted.passed + counted.failed === 0) {
    total.failed += 1;
    failures.push(`${title}: no test ran`);
  }
}

/** @param {Count} count */
function describe({ passed, failed }) {
  return failed > 0 ? `${passed} passed, ${failed} failed` : `${passed} passed`;
}

/** @param {string} output @returns {Count} */
function countCargo(output) {
  const results = withoutColours(output).matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm);
  return [...results].reduce(
    (sum, result) => ({ passed: sum.passed + Number(result[1]), failed: sum.failed + Number(result[2]) }),
    { passed: 0, failed: 0 },
  );
}

/** @param {string} report @returns {() => Count} */
function countVitest(report) {
  return () => {
    try {
      const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
      return { passed: numPassedTests, failed: numFailedTests };
    } catch {
      return { passed: 0, failed: 0 };
    }
  };
}

/** The names of a report's failed tests. @param {string} report @returns {string[]} */
function failedVitest(report) {
  /** @type {{ testResults: { assertionResults: { status: string, fullName: string }[] }[] }} */
  const { testResults } = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : { testResults: [] };
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "failed")
    .map(({ fullName }) => fullName);
}

/** Suites that say the same behind Envoy; the rest of them is about what Envoy does in its own way. */
const native = [
  "ai-sdk",
  "counts",
  "fetched-media",
  "models",
  "reasoning",
  "responses-tools",
  "signed-requests",
  "tls",
  "unsupported",
];

/** @param {string} title @param {string[]} projects @param {string[]} files @param {NodeJS.ProcessEnv} [variables] */
async function vitest(title, projects, files = [], variables = {}) {
  const report = join(folder, `${title.replaceAll(" ", "-")}.json`);
  await suite(
    title,
    [
      "vitest",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...projects.flatMap((project) => ["--project", project]),
      ...files,
    ],
    root,
    countVitest(report),
    variables,
  );
  failures.push(...failedVitest(report));
}

/** @param {readonly [string, ...string[]]} command */
function has(command) {
  return spawnSync(command[0], command.slice(1), { cwd: crates, stdio: "ignore" }).status === 0;
}

const start = performance.now();
await check("set-up", setUp);
if (failures.length === 0) {
  const turbo = /** @type {const} */ (["turbo", "run", "--output-logs=errors-only", "--continue"]);
  const components = ["clippy", "fmt"].filter((name) => !has(["cargo", name, "--version"]));
  if (components.length > 0) {
    process.stdout.write(dim(`- rust lint: no cargo ${components.join(", no cargo ")} here; CI has them\n`));
  }
  const withoutRust = "--filter=!@plano/crates";
  await check("lint", () =>
    runStep("lint", [...turbo, "lint", ...(components.length > 0 ? [withoutRust] : [])]),
  );
  await check("rules", () =>
    runStep("formats, imports, unused code", ["npm", "run", "--silent", "lint:root"]),
  );
  // Building the tests and the lint check the types of the Rust code.
  await check("types", () => runStep("types", [...turbo, "typecheck", "typecheck:scripts", withoutRust]));
  if (has(["cargo", "deny", "--version"])) {
    await check("licences", () =>
      runStep("licences and bans", ["cargo", "deny", "check", "licenses", "bans", "sources"], {
        folder: crates,
      }),
    );
  } else {
    process.stdout.write(dim("- licences and bans: cargo-deny is not installed; CI runs it\n"));
  }
  await suite("rust tests", ["cargo", "test", "--locked", "--no-fail-fast"], crates, countCargo);
  if (hasWasmTarget()) {
    // Each split of each stream takes too long there.
    const filter = ["--test", "translation", "--", "--skip", "streams"];
    await suite(
      "translation in wasm",
      ["cargo", "test", "--locked", "--target", wasmTarget, "-p", "hermesllm", ...filter],
      crates,
      countCargo,
      { CARGO_TARGET_WASM32_WASIP1_RUNNER: "node ../../scripts/wasi.mjs" },
    );
  } else {
    process.stdout.write(
      dim(`- translation in wasm: the target ${wasmTarget} is not to be had here; CI has it\n`),
    );
  }
  await vitest("typescript tests", ["!e2e"]);
  await vitest("end-to-end tests", ["e2e"]);
  if (existsSync(envoyPath)) {
    const files = native.map((name) => `e2e/suites/${name}.test.ts`);
    await vitest("end-to-end tests behind Envoy", ["e2e"], files, { PLANO_E2E_MODE: "native" });
  } else {
    process.stdout.write(dim("- end-to-end tests behind Envoy: there is no Envoy for this machine\n"));
  }
}
rmSync(folder, { recursive: true, force: true });

process.stdout.write(`\n${dim(`${((performance.now() - start) / 1000).toFixed(0)} s`)}\n`);
for (const failure of failures) process.stdout.write(`${red("✗")} ${failure}\n`);
if (failures.length > 0) process.stdout.write(`${bold("Something failed; the steps above say what.")}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
