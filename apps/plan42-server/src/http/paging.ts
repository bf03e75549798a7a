import { and, asc, desc, gt, lt, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { badRequest } from "./failure.ts";

const defaultResults = 10;
const mostResults = 500;

/** What a list's query says of the page. */
export interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly token?: string | undefined;
}

/** How to fetch one page: a condition, an order, and one row more than the page has. */
export interface PagePlan {
  readonly limit: number;
  where(...conditions: (SQL | undefined)[]): SQL | undefined;
  readonly orderBy: SQL;
  /** Splits the rows into the page's items and the token of the next. */
  finish<Row, Item>(
    rows: readonly Row[],
    position: (row: Row) => number | string,
    toItem: (row: Row) => Item,
  ): { Items: Item[]; NextToken?: string };
}

/** Plans a page by a column whose values are unique and never change. */
export function planPage(
  request: PageRequest,
  column: PgColumn,
  direction: "rising" | "falling" = "rising",
): PagePlan {
  const limit = resultCount(request.maxResults, mostResults) ?? defaultResults;
  const after = request.token ? decodeToken(request.token) : undefined;
  const beyond = direction === "rising" ? gt : lt;
  return {
    limit: limit + 1,
    where: (...conditions) => and(...conditions, after === undefined ? undefined : beyond(column, after)),
    orderBy: direction === "rising" ? asc(column) : desc(column),
    finish: (rows, position, toItem) => {
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        Items: items.map(toItem),
        ...(rows.length > limit && last !== undefined && { NextToken: encodeToken(position(last)) }),
      };
    },
  };
}

/** Checks `maxResults`; undefined if it was not given. */
export function resultCount(maxResults: number | undefined, most: number): number | undefined {
  if (maxResults !== undefined && (maxResults < 1 || maxResults > most)) {
    throw badRequest(`maxResults must be between 1 and ${most}`);
  }
  return maxResults;
}

function encodeToken(after: number | string): string {
  return Buffer.from(JSON.stringify({ After: after })).toString("base64url");
}

function decodeToken(token: string): number | string {
  try {
    const { After } = JSON.parse(Buffer.from(token, "base64url").toString());
    if (typeof After === "number" || typeof After === "string") return After;
  } catch {
    // Told below.
  }
  throw badRequest("invalid pagination token");
}
