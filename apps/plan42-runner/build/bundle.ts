// Bundles the program into dist/, one chunk per part that is loaded late.
import { fileURLToPath } from "node:url";
import { bundleProgram } from "@plano/launcher/bundle";
import { createTerminal } from "@plano/terminal";
import { CommanderError } from "commander";
import { createProgram } from "../src/program.ts";

let help = "";
const collect = { write: (text: string) => (help += text) };
await createProgram({
  terminal: createTerminal({ stdout: collect, stderr: collect, environment: {} }),
  environment: {},
  platform: process.platform,
  writeLog: () => {},
  logIsTerminal: false,
  onStopSignal: () => () => {},
  onReloadSignal: () => () => {},
})
  .run(["--help"])
  .catch((end: unknown) => {
    // The parser ends a help by throwing.
    if (!(end instanceof CommanderError && end.exitCode === 0)) throw end;
  });
await bundleProgram({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  name: "plan42-runner",
  node: "22.12",
  help,
  lateHttp: true,
});
