import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Environment } from "./context.ts";

// Every environment variable that plan42-server knows is read here.

/** `DATABASE_URL`: a Postgres in place of the embedded database. */
export function databaseUrl({ DATABASE_URL }: Environment): string | undefined {
  return DATABASE_URL || undefined;
}

/** `PLAN42_SECRET_KEY`: what secrets in the database are encrypted with, in place of a file in the data folder. */
export function secretKey({ PLAN42_SECRET_KEY }: Environment): string | undefined {
  return PLAN42_SECRET_KEY || undefined;
}

/** Where data goes if `--data-dir` says nothing: `XDG_DATA_HOME`, else `.local/share` at home. */
export function defaultDataFolder({ XDG_DATA_HOME, HOME }: Environment): string {
  const base =
    XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : join(HOME || homedir(), ".local/share");
  return join(base, "plan42-server");
}
