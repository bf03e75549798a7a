import { existsSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { AppError, describeCause } from "@plano/errors";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { makeDataFolder } from "./data-folder.ts";
import type { OpenDatabase } from "./database.ts";
import { lockFolder } from "./folder-lock.ts";
import * as schema from "./schema.ts";

export interface EmbeddedOptions {
  /** Made if it is not there; for this process alone. */
  readonly folder: string;
  readonly migrationsFolder: string;
  /** File with an empty database as {@link makeTemplate} writes it; without it the first start takes longer. */
  readonly template?: string | undefined;
}

/** Postgres takes 128 MB for its buffers unless told otherwise; what a server here holds fits into far less. */
const settings = { postgresqlconf: ["shared_buffers=16MB"] };

/** Opens the database that lives in a folder. Throws an AppError if it cannot, or if another process has it open. */
export async function openEmbedded({
  folder,
  migrationsFolder,
  template,
}: EmbeddedOptions): Promise<OpenDatabase> {
  makeDataFolder(folder);
  const unlock = lockFolder(folder);
  const data = join(folder, "database");
  const marker = join(folder, "database.complete");
  try {
    // A first start that was killed half-way left nothing that anybody could have relied on.
    if (!existsSync(marker)) rmSync(data, { recursive: true, force: true });
    const isNew = !existsSync(data);
    const client = await PGlite.create(data, {
      ...settings,
      ...(isNew &&
        template !== undefined &&
        existsSync(template) && { loadDataDir: await openAsBlob(template) }),
    }).catch((cause: unknown) => {
      throw new AppError(`cannot open the database in ${data}: ${describeCause(cause)}`, {
        code: "database",
        cause,
        hint: "If its files are damaged, put a copy back, or choose another folder with --data-dir.",
      });
    });
    const database = drizzle(client, { schema });
    await migrate(database, { migrationsFolder });
    if (isNew) writeFileSync(marker, "");
    return {
      database,
      // Nothing else vacuums an embedded database.
      reclaim: async () => void (await client.exec("vacuum")),
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

/** Writes an empty database to a file: to unpack it is several times faster than to make one. */
export async function makeTemplate(file: string): Promise<void> {
  const client = await PGlite.create("memory://", settings);
  const dump = await client.dumpDataDir("gzip");
  writeFileSync(file, Buffer.from(await dump.arrayBuffer()));
  await client.close();
}
