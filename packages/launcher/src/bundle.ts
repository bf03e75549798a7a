// Turns a program's sources into what its launcher starts: main.js with its chunks, the help, the launcher.
import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { httpByRequire, layoutWithoutFetch, withoutUnused } from "./bundle-plugins.ts";

export interface ProgramBundle {
  /** The program's workspace, with a slash at its end: `src/main.ts` goes in, `dist/` comes out. */
  readonly folder: string;
  /** Of its file below `bin/`, without `.cjs`. */
  readonly name: string;
  /** The oldest Node it runs on, such as `22.12`. */
  readonly node: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Packages that stay packages, since they bring files along. */
  readonly external?: readonly string[];
  /** Take `node:http` by require: a smaller and quicker start for what hardly uses it. */
  readonly lateHttp?: boolean;
  /** Expressions that are known when it is built, and what they are. */
  readonly define?: Readonly<Record<string, string>>;
}

/** Empties `dist/` and fills it. */
export async function bundleProgram(program: ProgramBundle): Promise<void> {
  const { folder, name, node, help, external = [], lateHttp = false, define = {} } = program;
  const dist = `${folder}dist`;
  const plugins: Plugin[] = [withoutUnused, layoutWithoutFetch, ...(lateHttp ? [httpByRequire] : [])];
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
    target: `node${node}`,
    external: [...external],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    plugins,
    define: { ...define },
    jsx: "automatic",
    banner: { js: commonJsNames },
  });
  writeFileSync(`${dist}/help.txt`, help);
  copyFileSync(fileURLToPath(new URL("launcher.cjs", import.meta.url)), `${dist}/launcher.cjs`);
  chmodSync(`${folder}bin/${name}.cjs`, 0o755);
}

/** CommonJS dependencies ask for Node's own modules by require, which an ES module has to make. */
const commonJsNames = [
  'import{createRequire as __createRequire}from"node:module";',
  'import{fileURLToPath as __toPath}from"node:url";',
  "const require=__createRequire(import.meta.url);",
  "const __filename=__toPath(import.meta.url);",
  'const __dirname=__toPath(new URL(".",import.meta.url));',
].join("");
