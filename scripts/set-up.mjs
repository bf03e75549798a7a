// Makes a fresh clone ready: packages, then builds. What is there already is left as it is.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { installEnvoy } from "./install-envoy.mjs";
import { commandEnvironment, dim, green, root, runStep, StepError } from "./steps.mjs";

const modules = join(root, "node_modules");
const stamp = join(modules, ".set-up-for");

/** Installs and builds. Throws a StepError that says what is missing. */
export async function setUp() {
  checkTools();
  await installPackages();
  checkNode();
  await installEnvoy();
  await runStep("build", ["turbo", "run", "build", "--output-logs=new-only"], { summary: turboSummary });
}

function checkTools() {
  const missing = [];
  if (Number(process.versions.node.split(".")[0]) < 20) {
    missing.push(`Node 20 or newer (this is ${process.versions.node}): nodejs.org`);
  }
  if (!answers("npm")) missing.push("npm: comes with Node");
  chooseToolchain();
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

/** Where rustup cannot get the toolchain that the repository names, the machine's own has to do. */
function chooseToolchain() {
  if (process.env.RUSTUP_TOOLCHAIN || answers("cargo")) return;
  const shown = spawnSync("rustup", ["default"], { cwd: homedir(), encoding: "utf8" });
  const toolchain = shown.stdout?.trim().split(/\s/)[0];
  if (!toolchain) return;
  process.env.RUSTUP_TOOLCHAIN = toolchain;
  process.stdout.write(dim(`- rust-toolchain.toml's toolchain is not to be had; using ${toolchain}\n`));
}

async function installPackages() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
    process.stdout.write(`${green("✓")} packages ${dim("up to date")}\n`);
    return;
  }
  const install = () => npm("install", "--no-save");
  // A tree that is merely old is mended; npm ci would throw it away first.
  if (existsSync(modules)) {
    await install();
  } else {
    try {
      await npm("ci");
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      process.stdout.write(
        dim("- npm ci refused; trying npm install, which leaves the lock file as it is\n"),
      );
      await install();
    }
  }
  writeFileSync(stamp, wanted);
}

/** @param {string} command @param {string[]} options */
function npm(command, ...options) {
  return runStep("packages", ["npm", command, ...options, "--no-audit", "--no-fund", "--loglevel=error"], {
    summary: () => `npm ${command}`,
  });
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
