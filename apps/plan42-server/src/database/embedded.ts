import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import type { OpenDatabase } from "./database.ts";
import { lockFolder } from "./folder-lock.ts";
import * as schema from "./schema.ts";

/**
 * Opens the database that lives in a folder, for this process alone. Throws an AppError if another process
 * has it open.
 */
export async function openEmbedded(folder: string, migrationsFolder: string): Promise<OpenDatabase> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(folder);
  try {
    const client = await PGlite.create(join(folder, "database"));
    const database = drizzle(client, { schema });
    await migrate(database, { migrationsFolder });
    return {
      database,
      close: async () => {
        await client.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}
