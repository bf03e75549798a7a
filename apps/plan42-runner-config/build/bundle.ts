// Bundles the program into dist/, the form apart from what scripts use.
import { fileURLToPath } from "node:url";
import { bundleProgram } from "@plano/launcher/bundle";
import { createTerminal } from "@plano/terminal";
import { createProgram } from "../src/program.ts";

const silent = { write: () => true };
const program = createProgram({
  terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
  environment: {},
  platform: process.platform,
  now: () => new Date(0),
  readInput: () => Promise.resolve(""),
  screen: { stdin: process.stdin, stdout: process.stdout, suspend: () => Promise.resolve() },
});
await bundleProgram({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  name: "plan42-runner-config",
  node: "22.12",
  help: program.help(),
  lateHttp: true,
  // React as it is for users, and without tools that look into it.
  define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
});
