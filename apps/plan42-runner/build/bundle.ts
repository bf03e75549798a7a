// Bundles the program into dist/: main.js, one chunk per part that is loaded late, and the help that the launcher prints.
import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTerminal } from "@plano/terminal";
import { CommanderError } from "commander";
import { build, type Plugin } from "esbuild";
import { createProgram } from "../src/program.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const dist = `${folder}dist`;

/**
 * Big parts of libraries that the runner does not use: dockerode's BuildKit and engines behind SSH, zod's
 * languages, and of undici the browser's interfaces, mocks, caches and HTTP/2.
 */
const withoutUnused: Plugin = {
  name: "without-unused",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(\.\/session|\.\/buildkit|ssh2)$/ }, ({ path, importer }) =>
      /docker(ode|-modem)\/lib\//.test(importer) ? { path, namespace: "unused" } : undefined,
    );
    // Messages in forty languages, half of all the code; the English ones are loaded apart from these.
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer }) =>
      /\/zod\//.test(importer) ? { path, namespace: "unused" } : undefined,
    );
    onResolve(
      { filter: /\/(web|mock|interceptor|cache)\/|\/(client-h2|h2c-client|socks5-)/ },
      ({ path, importer }) => (/\/undici\//.test(importer) ? { path, namespace: "unused" } : undefined),
    );
    // Whatever is taken out of them is an empty class, since some are made or extended at the start.
    onLoad({ filter: /.*/, namespace: "unused" }, () => ({
      contents: "module.exports = new Proxy({}, { get: () => class {} });",
    }));
  },
};

/**
 * An import of node:http as an ES module makes Node load its own fetch and WebSocket, which are among the
 * module's exports: four megabytes, and a third of the start. By require they are loaded when they are used.
 */
const httpByRequire: Plugin = {
  name: "http-by-require",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:http$/ }, ({ path, kind }) =>
      kind === "require-call" ? undefined : { path, namespace: "by-require" },
    );
    onLoad({ filter: /.*/, namespace: "by-require" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
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
  target: "node22.12",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  plugins: [withoutUnused, httpByRequire],
  // CommonJS dependencies ask for Node's own modules by require, which an ES module has to make.
  banner: {
    js: 'import{createRequire as __createRequire}from"node:module";import{fileURLToPath as __toPath}from"node:url";const require=__createRequire(import.meta.url);const __filename=__toPath(import.meta.url);const __dirname=__toPath(new URL(".",import.meta.url));',
  },
});

let help = "";
const collect = { write: (text: string) => (help += text) };
await createProgram({
  terminal: createTerminal({ stdout: collect, stderr: collect, environment: {} }),
  environment: {},
  platform: process.platform,
  writeLog: () => {},
  onStopSignal: () => () => {},
  onReloadSignal: () => () => {},
})
  .run(["--help"])
  .catch((end: unknown) => {
    // The parser ends a help by throwing.
    if (!(end instanceof CommanderError && end.exitCode === 0)) throw end;
  });
writeFileSync(`${dist}/help.txt`, help);
copyFileSync(fileURLToPath(import.meta.resolve("@plano/launcher")), `${dist}/launcher.cjs`);
chmodSync(`${folder}bin/plan42-runner.cjs`, 0o755);
