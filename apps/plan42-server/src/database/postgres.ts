import { AppError } from "@plano/errors";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { describeConnection } from "../describe-connection.ts";
import type { OpenDatabase } from "./database.ts";
import * as schema from "./schema.ts";

/** Any number, the same in all server processes: who holds it may change tables. */
const migrationLock = 420_042;

/** Opens a Postgres that other server processes may use as well. `onError` hears of idle connections that fail. */
export async function openPostgres(
  url: string,
  migrationsFolder: string,
  onError: (error: Error) => void,
): Promise<OpenDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: "plan42-server",
  });
  let isClosing = false;
  pool.on("error", (error) => {
    // Connections that are being closed may break off: nobody needs them any more.
    if (!isClosing) onError(error);
  });
  try {
    const connection = await pool.connect();
    try {
      const database = drizzle(connection, { schema });
      await database.execute(sql`select pg_advisory_lock(${migrationLock})`);
      await migrate(database, { migrationsFolder });
      await database.execute(sql`select pg_advisory_unlock(${migrationLock})`);
    } finally {
      connection.release();
    }
  } catch (cause) {
    await pool.end();
    throw new AppError(
      `cannot use the database of DATABASE_URL${placeOf(url)}: ${describeConnection(cause)}`,
      {
        code: "database",
        cause,
        hint: "It is like postgres://USER:PASSWORD@HOST:PORT/DATABASE. Unset, the embedded database is used.",
      },
    );
  }
  return {
    database: drizzle(pool, { schema }),
    reclaim: async () => {},
    close: () => {
      isClosing = true;
      return pool.end();
    },
  };
}

/** Where a database is, without who uses it: that part may hold a password. */
function placeOf(url: string): string {
  const host = URL.parse(url)?.host;
  return host ? ` at ${host}` : "";
}
