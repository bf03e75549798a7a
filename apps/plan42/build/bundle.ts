// Bundles the program into dist/: main.js, one chunk per command, and the help that the launcher prints.
import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTerminal } from "@plano/terminal";
import { build, type Plugin } from "esbuild";
import { createProgram } from "../src/program.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const dist = `${folder}dist`;

/** Parts of libraries that this program does not use: dockerode's BuildKit and engines behind SSH, zod's languages. */
const withoutUnused: Plugin = {
  name: "without-unused",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(\.\/session|\.\/buildkit|ssh2)$/ }, ({ path, importer }) =>
      /docker(ode|-modem)\/lib\//.test(importer) ? { path, namespace: "unused" } : undefined,
    );
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer }) =>
      /\/zod\//.test(importer) ? { path, namespace: "unused" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
  },
};

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
  target: "node22.15",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  plugins: [withoutUnused],
  // CommonJS dependencies ask for Node's own modules by require, which an ES module has to make.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";import{fileURLToPath as __toPath}from"node:url";const require=__createRequire(import.meta.url);const __filename=__toPath(import.meta.url);const __dirname=__toPath(new URL(".",import.meta.url));',
  },
});

const silent = { write: () => true };
const program = createProgram({
  terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
  environment: {},
  platform: process.platform,
  currentFolder: folder,
  programFolder: folder,
  input: { isTerminal: false, lines: async function* () {} },
  outputIsTerminal: false,
  onStopSignal: () => () => {},
  become: () => {
    throw new Error("the build starts no program");
  },
});
writeFileSync(`${dist}/help.txt`, program.help());
copyFileSync(fileURLToPath(import.meta.resolve("@plano/launcher")), `${dist}/launcher.cjs`);
chmodSync(`${folder}bin/plan42.cjs`, 0o755);
