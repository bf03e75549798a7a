// Bundles the program into dist/. PGlite stays a package, since it brings files along.
import { fileURLToPath } from "node:url";
import { bundleProgram } from "@plano/launcher/bundle";
import { createTerminal } from "@plano/terminal";
import { makeTemplate } from "../src/database/embedded.ts";
import { createProgram } from "../src/program.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));

const silent = { write: () => true };
const program = createProgram({
  terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
  environment: {},
  currentFolder: folder,
  migrationsFolder: folder,
  databaseTemplate: "",
  readRoutes: () => "",
  log: () => {},
  onStopSignal: () => {},
});
await bundleProgram({
  folder,
  name: "plan42-server",
  node: "22.12",
  help: program.help(),
  external: ["@electric-sql/pglite", "pg-native", "pino"],
});
await makeTemplate(`${folder}dist/empty-database.tar.gz`);
