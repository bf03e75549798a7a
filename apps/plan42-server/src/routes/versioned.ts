import { and, eq, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Database } from "../database/database.ts";
import { conflict, notFound } from "../http/failure.ts";

/** A table whose rows have a version. */
type VersionedTable = PgTable & { readonly version: PgColumn; readonly updatedAt: PgColumn };

export interface VersionedChange<Table extends VersionedTable> {
  readonly table: Table;
  /** Finds the row. */
  readonly where: SQL | undefined;
  /** The version that the caller knows. */
  readonly version: number;
  readonly now: Date;
  /** The object's name in the API, and how a row becomes one. */
  readonly type: string;
  readonly toObject: (row: Table["$inferSelect"]) => object;
}

/** The row that a condition finds; throws a 404 if there is none. */
export async function findRow<Table extends PgTable>(
  database: Database,
  table: Table,
  { where, type }: { readonly where: SQL | undefined; readonly type: string },
): Promise<Table["$inferSelect"]> {
  const [row] = await database
    .select()
    .from(table as PgTable)
    .where(where)
    .limit(1);
  if (!row) throw notFound(type);
  return row;
}

/**
 * Changes the row if it still has the version that the caller knows. Throws a 404 if there is no such row, a
 * 409 with the object as it is if it has another version.
 */
export async function changeRow<Table extends VersionedTable>(
  database: Database,
  change: VersionedChange<Table>,
  values: Partial<Record<keyof Table["$inferSelect"], unknown>>,
): Promise<Table["$inferSelect"]> {
  const { table, where, version, now } = change;
  const defined = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const [row] = await database
    .update(table as VersionedTable)
    .set({ ...defined, updatedAt: now, version: sql`${table.version} + 1` } as never)
    .where(and(where, eq(table.version, version)))
    .returning();
  if (row) return row as Table["$inferSelect"];
  throw await mismatch(database, change);
}

/** Deletes the row for good, under the same conditions. */
export async function deleteRow<Table extends VersionedTable>(
  database: Database,
  change: VersionedChange<Table>,
): Promise<void> {
  const gone = await database
    .delete(change.table as VersionedTable)
    .where(and(change.where, eq(change.table.version, change.version)))
    .returning();
  if (gone.length === 0) throw await mismatch(database, change);
}

async function mismatch<Table extends VersionedTable>(database: Database, change: VersionedChange<Table>) {
  const row = await findRow(database, change.table, change);
  return conflict("version mismatch", change.type, change.toObject(row));
}

/**
 * Adds a row; throws a 409 with the object that has the id already. `values` hold the id.
 */
export async function createRow<Table extends VersionedTable>(
  database: Database,
  change: Omit<VersionedChange<Table>, "version">,
  values: Table["$inferInsert"],
): Promise<Table["$inferSelect"]> {
  const [row] = await database
    .insert(change.table as VersionedTable)
    .values(values as never)
    .onConflictDoNothing()
    .returning();
  if (row) return row as Table["$inferSelect"];
  const existing = await findRow(database, change.table, change);
  throw conflict(`the id is taken by another ${change.type}`, change.type, change.toObject(existing));
}
