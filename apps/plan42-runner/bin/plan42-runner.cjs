#!/usr/bin/env -S node --max-semi-space-size=1 --v8-pool-size=1 --no-opt
// Starts plan42-runner. A daemon that is mostly idle is to be small, after a burst of messages, too: a small space
// for new objects, one helper thread, and no second optimising compiler, since the first does as well for what
// the runner does.
"use strict";

const { existsSync } = require("node:fs");
const { dirname } = require("node:path");

const folder = dirname(__dirname);
const launcher = `${folder}/dist/launcher.cjs`;
if (existsSync(launcher)) {
  require(launcher).launch({
    folder,
    name: "plan42-runner",
    title: "plan42-runner",
    versionFlag: "-V",
    helpAlone: false,
    minimumNode: [22, 12],
  });
} else {
  process.stderr.write("plan42-runner is not built: run npm run setup in its folder\n");
  process.exitCode = 1;
}
