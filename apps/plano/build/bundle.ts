// Bundles the program into dist/: main.js, one chunk per command, and the root help that the launcher prints.
import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTerminal } from "@plano/terminal";
import { build } from "esbuild";
import { createProgram } from "../src/program.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const dist = `${folder}dist`;

rmSync(dist, { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: ["src/main.ts"],
  outdir: dist,
  bundle: true,
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node22.12",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  // CommonJS dependencies ask for Node's own modules by require, which an ES module has to make.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
  },
});

const silent = { write: () => true };
const program = createProgram({
  terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
  environment: {},
  currentFolder: folder,
  programFolder: folder,
  onStopSignal: () => () => {},
});
writeFileSync(`${dist}/help.txt`, program.help());
copyFileSync(fileURLToPath(import.meta.resolve("@plano/launcher")), `${dist}/launcher.cjs`);
chmodSync(`${folder}bin/planoai.cjs`, 0o755);
