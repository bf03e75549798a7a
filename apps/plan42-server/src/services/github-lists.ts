import type { Github, NamesPage } from "@plano/github";
import { badRequest } from "../http/failure.ts";
import { resultCount } from "../http/paging.ts";

const defaultSize = 10;
const largestSize = 100;

/** Which page of names a call asks for. */
export interface NamesQuery {
  readonly maxResults?: number | undefined;
  readonly token?: string | undefined;
  /** Keeps the names that contain it, so that a page may be short. */
  readonly search?: string | undefined;
}

/** A page of names. */
export interface Names {
  readonly Items: string[];
  readonly NextToken?: string;
}

/** Organisations of the token's user, whose own login ends the last page, or has a page of its own. */
export async function listOrganizations(github: Github, query: NamesQuery): Promise<Names> {
  const { page, perPage } = readPage(query);
  const own = async () => matching([await github.userLogin()], query);
  if (page === undefined) return { Items: await own() };
  const found = await github.organizations({ page, perPage });
  const names = toNames(found, query);
  if (names.NextToken !== undefined) return names;
  if (names.Items.length >= perPage) return { ...names, NextToken: pageToken(undefined) };
  return { Items: [...names.Items, ...(await own())] };
}

/** An organisation's repositories, as `org/repo`, that a search finds. */
export async function searchRepositories(
  github: Github,
  { owner, search, ...query }: NamesQuery & { readonly owner: string },
): Promise<Names> {
  const { page = 1, perPage } = readPage(query);
  if (!search) throw badRequest("search query is required");
  return toNames(await github.searchRepositories({ owner: checkName(owner), search, page, perPage }), {});
}

/** Branches of a repository. */
export async function listBranches(
  github: Github,
  { owner, name, ...query }: NamesQuery & { readonly owner: string; readonly name: string },
): Promise<Names> {
  const { page = 1, perPage } = readPage(query);
  const repository = { owner: checkName(owner), name: checkName(name) };
  return toNames(await github.branches({ ...repository, page, perPage }), query);
}

function toNames({ items, nextPage }: NamesPage, query: NamesQuery): Names {
  return {
    Items: matching(items, query),
    ...(nextPage !== undefined && { NextToken: pageToken(nextPage) }),
  };
}

function matching(names: readonly string[], { search = "" }: NamesQuery): string[] {
  return names.filter((name) => name.includes(search));
}

/** `page` is undefined for the one that holds the user's own login alone. */
function readPage({ maxResults, token }: NamesQuery): {
  readonly page: number | undefined;
  readonly perPage: number;
} {
  const perPage = resultCount(maxResults, largestSize) ?? defaultSize;
  if (!token) return { page: 1, perPage };
  try {
    const { Page: page }: { Page?: unknown } = JSON.parse(Buffer.from(token, "base64url").toString());
    if (page === undefined) return { page: undefined, perPage };
    if (typeof page === "number" && Number.isSafeInteger(page) && page > 0) return { page, perPage };
  } catch {
    // Told below.
  }
  throw badRequest("invalid pagination token");
}

function pageToken(page: number | undefined): string {
  return Buffer.from(JSON.stringify({ Page: page })).toString("base64url");
}

/** A name as GitHub has them: anything else could change a search or a path. */
function checkName(name: string): string {
  if (/^[A-Za-z0-9._-]+$/.test(name) && !/^\.+$/.test(name)) return name;
  throw badRequest(`invalid name: ${JSON.stringify(name)}`);
}
