// Makes a fresh clone ready: packages, then builds. What is there already is left as it is.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandEnvironment, dim, green, root, runStep, StepError } from "./steps.mjs";

const modules = join(root, "node_modules");
const stamp = join(modules, ".set-up-for");

/** Installs and builds. Throws a StepError that says what is missing. */
export async function setUp() {
  checkTools();
  await installPackages();
  checkNode();
  await runStep("build", ["turbo", "run", "build", "--output-logs=new-only"], { summary: turboSummary });
}

function checkTools() {
  const missing = [];
  if (Number(process.versions.node.split(".")[0]) < 20) {
    missing.push(`Node 20 or newer (this is ${process.versions.node}): nodejs.org`);
  }
  if (!answers("npm")) missing.push("npm: comes with Node");
  if (!answers("cargo")) missing.push("cargo: install Rust with rustup, rustup.rs");
  else if (!answers("cc"))
    missing.push("a C compiler, to link: apt-get install build-essential, or xcode-select --install");
  if (missing.length > 0) {
    throw new StepError(`missing on this machine:\n${missing.map((line) => `  - ${line}`).join("\n")}`, "");
  }
}

/** @param {string} program */
function answers(program) {
  return spawnSync(program, ["--version"], { cwd: root, stdio: "ignore" }).status === 0;
}

async function installPackages() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
    process.stdout.write(`${green("✓")} packages ${dim("up to date")}\n`);
    return;
  }
  // A tree that is merely old is mended; npm ci would throw it away first.
  const command = existsSync(modules) ? "install" : "ci";
  await runStep("packages", ["npm", command, "--no-audit", "--no-fund", "--loglevel=error"], {
    summary: () => `npm ${command}`,
  });
  writeFileSync(stamp, fingerprint());
}

/** Changes when the lock file or this machine's kind does. */
function fingerprint() {
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform} ${process.arch}`).digest("hex");
}

/** The pinned Node is a package whose install script can be switched off; then npm scripts run on the old one. */
function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.node;
  const found = spawnSync(join(modules, ".bin", "node"), ["--version"], {
    encoding: "utf8",
    env: commandEnvironment(),
  });
  if (found.stdout?.trim() !== `v${wanted}`) {
    throw new StepError(
      `the pinned Node ${wanted} is not installed (found ${found.stdout?.trim() || "none"}).\n` +
        "Install scripts may be switched off: try `npm rebuild node`, or remove ignore-scripts from your npm settings.",
      "",
    );
  }
}

/** @param {string} output */
function turboSummary(output) {
  const [, cached, total] = /Cached:\s+(\d+) cached, (\d+) total/.exec(output) ?? [];
  return total === undefined ? "" : `${cached} of ${total} up to date`;
}
