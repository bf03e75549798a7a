#!/usr/bin/env node
// Starts plan42, which takes the place of its siblings by execve: Node has it since 22.15.
"use strict";

const { existsSync } = require("node:fs");
const { dirname } = require("node:path");

const folder = dirname(__dirname);
const launcher = `${folder}/dist/launcher.cjs`;
if (existsSync(launcher)) {
  require(launcher).launch({
    folder,
    name: "plan42",
    title: "plan42 version",
    versionFlag: "-v",
    helpAlone: true,
    minimumNode: [22, 15],
  });
} else {
  process.stderr.write("plan42 is not built: run npm run setup in its folder\n");
  process.exitCode = 1;
}
