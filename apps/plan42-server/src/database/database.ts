import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type * as schema from "./schema.ts";

/** The database, whichever of the two kinds it is, or a transaction on it. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/** A database that is open and has all its tables. */
export interface OpenDatabase {
  readonly database: Database;
  /** Gives back the space of rows that were removed, where the database does not do so by itself. */
  readonly reclaim: () => Promise<void>;
  readonly close: () => Promise<void>;
}
