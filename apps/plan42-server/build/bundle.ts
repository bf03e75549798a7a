// Bundles the program into dist/: main.js and its chunks. PGlite stays a package, since it brings files along.
import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTerminal } from "@plano/terminal";
import { build } from "esbuild";
import { makeTemplate } from "../src/database/embedded.ts";
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
  external: ["@electric-sql/pglite", "pg-native", "pino"],
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
  migrationsFolder: folder,
  databaseTemplate: "",
  log: () => {},
  onStopSignal: () => {},
});
writeFileSync(`${dist}/help.txt`, program.help());
await makeTemplate(`${dist}/empty-database.tar.gz`);
copyFileSync(fileURLToPath(import.meta.resolve("@plano/launcher")), `${dist}/launcher.cjs`);
chmodSync(`${folder}bin/plan42-server.cjs`, 0o755);
