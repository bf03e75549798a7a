// Bundles the program into dist/, one chunk per part that is loaded late.
import { fileURLToPath } from "node:url";
import { bundleProgram } from "@plano/launcher/bundle";
import { createTerminal } from "@plano/terminal";
import { createProgram } from "../src/program.ts";

const silent = { write: () => true };
const program = createProgram({
  terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
  environment: {},
  platform: process.platform,
  writeLog: () => {},
  logIsTerminal: false,
  onStopSignal: () => () => {},
  onReloadSignal: () => () => {},
});
await bundleProgram({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  name: "plan42-runner",
  node: "22.12",
  help: program.help(),
  lateHttp: true,
});
