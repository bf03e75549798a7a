// npm test: sets up, runs every check and every suite, and ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { envoyPath } from "./install-envoy.mjs";
import { setUp } from "./set-up.mjs";
import { bold, commandEnvironment, dim, red, root, runStep, StepError, withoutColours } from "./steps.mjs";
import { suiteTable } from "./suite-table.mjs";
import { hasWasmTarget, wasmTarget } from "./wasm-target.mjs";

/** @typedef {{ passed: number, failed: number }} Count */

/** What is told at the end of a test that failed: its message, and where it was. */
const shownReasonLines = 12;

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

/** A report's failed tests with why, also those of files that fell over. @param {string} report @returns {string[]} */
function failedVitest(report) {
  /** @typedef {{ status: string, fullName: string, failureMessages: string[], duration?: number }} Test */
  /** @type {{ testResults: { name: string, status: string, message: string, assertionResults: Test[] }[] }} */
  const { testResults } = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : { testResults: [] };
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === "failed");
    if (status === "failed" && tests.length === 0) return [withReasons(relative(root, name), [message])];
    return tests.map(({ fullName, failureMessages, duration = 0 }) =>
      withReasons(`${fullName} (after ${duration.toFixed(0)} ms)`, failureMessages),
    );
  });
}

/** A title, and under it the beginnings of what went wrong. @param {string} title @param {string[]} reasons */
function withReasons(title, reasons) {
  const lines = reasons.flatMap((reason) => withoutColours(reason).split("\n").slice(0, shownReasonLines));
  return [title, ...lines.map((line) => `    ${line.slice(0, 300)}`)].join("\n");
}

const all = readdirSync(join(root, "e2e", "suites")).flatMap(
  (name) => name.match(/^(.*)\.test\.ts$/)?.[1] ?? [],
);

/** Suites about what has nothing to do with the mode, or with another one. */
const notNative = new Set(["docker", "envoy-config", "installed-program"]);

/** Suites that say the same in a container; the rest start the gateway by hand, or are about other modes. */
const docker = [
  "agents",
  "ai-sdk",
  "bad-input",
  "counts",
  "docker",
  "fetched-media",
  "flow-control",
  "metrics",
  "models",
  "packed-bodies",
  "pairs",
  "reasoning",
  "responses-tools",
  "signed-requests",
  "time-outs",
  "tls",
  "trailers",
  "unsupported",
];

/** What the end-to-end suites have reported, by mode. @type {{ mode: string, report: string }[]} */
const reports = [];

/**
 * Suites against a gateway that runs in one mode.
 * @param {"embedded" | "native" | "docker" | "docker-native"} mode @param {readonly string[]} names
 */
async function endToEnd(mode, names) {
  const files = names.map((name) => `e2e/suites/${name}.test.ts`);
  const report = await vitest(`end-to-end tests, ${mode}`, ["e2e"], files, { PLANO_E2E_MODE: mode });
  reports.push({ mode, report });
}

/** @param {string} title @param {string[]} projects @param {string[]} files @param {NodeJS.ProcessEnv} [variables] */
async function vitest(title, projects, files = [], variables = {}) {
  const report = join(folder, `${title.replaceAll(/\W+/g, "-")}.json`);
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
  return report;
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
  await endToEnd("embedded", all);
  if (existsSync(envoyPath)) {
    await endToEnd(
      "native",
      all.filter((name) => !notNative.has(name)),
    );
  } else {
    process.stdout.write(dim("- end-to-end tests, native: there is no Envoy for this machine\n"));
  }
  if (has(["docker", "version"]) || (process.getuid?.() === 0 && has(["dockerd", "--version"]))) {
    await endToEnd("docker", docker);
    if (existsSync(envoyPath)) await endToEnd("docker-native", ["docker"]);
  } else {
    process.stdout.write(dim("- end-to-end tests, docker: there is no Docker engine here\n"));
  }
  process.stdout.write(suiteTable(reports));
}
rmSync(folder, { recursive: true, force: true });

process.stdout.write(`\n${dim(`${((performance.now() - start) / 1000).toFixed(0)} s`)}\n`);
for (const failure of failures) process.stdout.write(`${red("✗")} ${failure}\n`);
if (failures.length > 0) process.stdout.write(`${bold("Something failed; the steps above say what.")}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
