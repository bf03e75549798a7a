// The program's entry, and the only place that ends it.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTerminal } from "@plano/terminal";
import { destination, pino } from "pino";
import { describeError } from "./describe-error.ts";
import { runProgram } from "./run-program.ts";

const { env, stdout, stderr } = process;
const routes = "/proc/net/route";
const logger = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: describeError } },
  destination({ fd: 2, sync: true }),
);

const exitCode = await runProgram(process.argv.slice(2), {
  terminal: createTerminal({ stdout, stderr, environment: env }),
  environment: env,
  currentFolder: process.cwd(),
  migrationsFolder: fileURLToPath(new URL("../migrations", import.meta.url)),
  databaseTemplate: fileURLToPath(new URL("./empty-database.tar.gz", import.meta.url)),
  readRoutes: () => (existsSync(routes) ? readFileSync(routes, "utf8") : ""),
  log: (level, message, fields = {}) => logger[level](fields, message),
  onStopSignal: (listener) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, listener);
  },
});
// Answers that are still being made when a stop is forced must not keep the process alive.
process.exit(exitCode);
