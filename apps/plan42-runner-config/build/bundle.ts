// Bundles the program into dist/, the form apart from what scripts use.
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
  now: () => new Date(0),
  readInput: () => Promise.resolve(""),
  screen: { stdin: process.stdin, stdout: process.stdout, suspend: () => Promise.resolve() },
})
  .run(["--help"])
  .catch((end: unknown) => {
    // The parser ends a help by throwing.
    if (!(end instanceof CommanderError && end.exitCode === 0)) throw end;
  });
await bundleProgram({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  name: "plan42-runner-config",
  node: "22.12",
  help,
  lateHttp: true,
  // React as it is for users, and without tools that look into it.
  define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
});
