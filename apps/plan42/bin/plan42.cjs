#!/usr/bin/env node
// Starts plan42 on whatever Node runs this file. `--version` and the help are answered here,
// before anything is loaded; all else goes on in dist/main.js under a Node that is new enough.
"use strict";

const { existsSync, readFileSync, writeSync } = require("node:fs");

const minimumNode = [22, 15];

function main() {
  const [first, ...rest] = process.argv.slice(2);
  if (rest.length === 0) {
    if (first === "--version" || first === "-v") {
      print(`plan42 version ${require("../package.json").version}\n`);
      return;
    }
    const wantsHelp = first === undefined || first === "--help" || first === "-h";
    const help = wantsHelp ? readHelp() : undefined;
    if (help !== undefined) {
      print(help);
      return;
    }
  }
  const { join } = require("node:path");
  const program = join(__dirname, "..", "dist", "main.js");
  if (!existsSync(program)) return fail("plan42 is not built: run npm run setup in its folder");
  if (isNewEnough(process.versions.node)) {
    const { pathToFileURL } = require("node:url");
    void import(pathToFileURL(program).href);
    return;
  }
  const node = findNode();
  if (node === undefined) {
    return fail(`plan42 needs Node ${minimumNode.join(".")} or newer; this is ${process.versions.node}`);
  }
  continueUnder(node, program);
}

/** Writes to stdout without setting up Node's stream for it, which takes longer than all else here. */
function print(text) {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    written = writeSync(1, bytes);
  } catch (error) {
    if (error.code === "EPIPE") return;
    if (error.code !== "EAGAIN") throw error;
  }
  if (written < bytes.length) process.stdout.write(bytes.subarray(written));
}

/** The help as the build wrote it, or undefined if it is not built. */
function readHelp() {
  try {
    return readFileSync(`${__dirname}/../dist/help.txt`, "utf8");
  } catch {
    return undefined;
  }
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > minimumNode[0] || (major === minimumNode[0] && minor >= minimumNode[1]);
}

/** The Node that came along as a package, nearest to this file first. */
function findNode() {
  const { dirname, join } = require("node:path");
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", "node", "bin", "node");
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Runs the program under another Node: same terminal, same signals, same exit. */
function continueUnder(node, program) {
  const { spawn } = require("node:child_process");
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: "inherit" });
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

main();
