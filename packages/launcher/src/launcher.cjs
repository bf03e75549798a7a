// Starts a built program on whatever Node runs it. `--version` and the help are answered here, before anything
// is loaded; all else goes on in dist/main.js under a Node that is new enough.
"use strict";

const { existsSync, readFileSync, writeSync } = require("node:fs");

/**
 * @typedef {object} Launch
 * @property {string} folder The program's own: `dist/` is in it, and package.json.
 * @property {string} name The program, as people type it.
 * @property {string} title What `--version` puts before the version.
 * @property {string} versionFlag The short form of `--version`, in either case.
 * @property {boolean} helpAlone Without any words the help is shown.
 * @property {readonly [number, number]} minimumNode
 */

/** Answers by itself, or hands the process over to the program. @param {Launch} launch */
exports.launch = (launch) => {
  const { folder, name, title, versionFlag, helpAlone } = launch;
  const [first, ...rest] = process.argv.slice(2);
  if (rest.length === 0) {
    if (first === "--version" || first?.toLowerCase() === versionFlag.toLowerCase()) {
      print(`${title} ${require(`${folder}/package.json`).version}\n`);
      return;
    }
    const wantsHelp = (first === undefined && helpAlone) || first === "--help" || first === "-h";
    const help = wantsHelp ? readHelp(folder) : undefined;
    if (help !== undefined) {
      print(help);
      return;
    }
  }
  const program = `${folder}/dist/main.js`;
  if (!existsSync(program)) return fail(`${name} is not built: run npm run setup in its folder`);
  if (isNewEnough(process.versions.node, launch)) {
    keepCode(name);
    const { pathToFileURL } = require("node:url");
    void import(pathToFileURL(program).href);
    return;
  }
  const node = findNode(folder);
  if (node === undefined) {
    return fail(
      `${name} needs Node ${launch.minimumNode.join(".")} or newer; this is ${process.versions.node}`,
    );
  }
  continueUnder(node, program);
};

/** Writes to stdout without setting up Node's stream for it, which takes longer than all else here. */
function print(text) {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    written = writeSync(1, bytes);
  } catch (error) {
    if (error.code === "EPIPE") return;
    if (error.code !== "EAGAIN") return fail(`cannot write to standard output: ${reasonOf(error)}`);
  }
  if (written < bytes.length) process.stdout.write(bytes.subarray(written));
}

function reasonOf({ code, message }) {
  return code === "ENOSPC" ? "no space is left there" : message;
}

/** The help as the build wrote it, or undefined if it is not built. */
function readHelp(folder) {
  try {
    return readFileSync(`${folder}/dist/help.txt`, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Has Node keep what it compiles for the next start, a tenth of the time of which it saves. Where nothing can be
 * kept, nothing is. The folder is the user's own, since what is in it is run.
 */
function keepCode(name) {
  const { enableCompileCache } = require("node:module");
  const home = homeFolder();
  if (home === undefined || !existsSync(home)) return;
  enableCompileCache(`${process.env.XDG_CACHE_HOME || `${home}/.cache`}/${name}`);
}

/** Undefined for a user whom this machine does not know, as in containers. */
function homeFolder() {
  const { homedir } = require("node:os");
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/** @param {string} version @param {Launch} launch */
function isNewEnough(version, { minimumNode }) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > minimumNode[0] || (major === minimumNode[0] && minor >= minimumNode[1]);
}

/** The Node that came along as a package, nearest to the program first. */
function findNode(start) {
  const { dirname, join } = require("node:path");
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", "node", "bin", "node");
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Runs the program under another Node: same terminal, same signals, same exit. */
function continueUnder(node, program) {
  const { spawn } = require("node:child_process");
  const child = spawn(node, [...process.execArgv, program, ...process.argv.slice(2)], { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  child.on("error", (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    for (const forwarded of signals) process.removeListener(forwarded, forward);
    process.kill(process.pid, signal);
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
