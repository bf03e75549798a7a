// Bundles the program into dist/, one chunk per command.
import { fileURLToPath } from "node:url";
import { bundleProgram } from "@plano/launcher/bundle";
import { createTerminal } from "@plano/terminal";
import { createProgram } from "../src/program.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));

const silent = { write: () => true };
const program = createProgram({
  terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
  environment: {},
  platform: process.platform,
  currentFolder: folder,
  programFolder: folder,
  input: { isTerminal: false, lines: async function* () {} },
  screen: { stdin: process.stdin, stdout: process.stdout, suspend: () => Promise.resolve() },
  outputIsTerminal: false,
  onStopSignal: () => () => {},
  execute: async () => ({ code: 127, stdout: "", stderr: "" }),
  become: () => {
    throw new Error("the build starts no program");
  },
});
await bundleProgram({
  folder,
  name: "plan42",
  node: "22.15",
  help: program.help(),
  // React as it is for users, and without tools that look into it.
  define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
});
