#!/usr/bin/env node
// Starts plan42-runner-config.
"use strict";

const { existsSync } = require("node:fs");
const { dirname } = require("node:path");

const folder = dirname(__dirname);
const launcher = `${folder}/dist/launcher.cjs`;
if (existsSync(launcher)) {
  require(launcher).launch({
    folder,
    name: "plan42-runner-config",
    title: "plan42-runner-config",
    versionFlag: "-V",
    helpAlone: false,
    minimumNode: [22, 12],
  });
} else {
  process.stderr.write("plan42-runner-config is not built: run npm run setup in its folder\n");
  process.exitCode = 1;
}
