#!/usr/bin/env node
// Starts planoai.
"use strict";

const { existsSync } = require("node:fs");
const { dirname } = require("node:path");

const folder = dirname(__dirname);
const launcher = `${folder}/dist/launcher.cjs`;
if (existsSync(launcher)) {
  require(launcher).launch({
    folder,
    name: "planoai",
    title: "plano version",
    versionFlag: "-V",
    helpAlone: true,
    minimumNode: [22, 12],
  });
} else {
  process.stderr.write("planoai is not built: run npm run setup in its folder\n");
  process.exitCode = 1;
}
