#!/usr/bin/env node
// Starts plan42-server.
"use strict";

const { existsSync } = require("node:fs");
const { dirname } = require("node:path");

const folder = dirname(__dirname);
const launcher = `${folder}/dist/launcher.cjs`;
if (existsSync(launcher)) {
  require(launcher).launch({
    folder,
    name: "plan42-server",
    title: "plan42-server version",
    versionFlag: "-V",
    helpAlone: false,
    minimumNode: [22, 12],
  });
} else {
  process.stderr.write("plan42-server is not built: run npm run setup in its folder\n");
  process.exitCode = 1;
}
