import { AppError } from "@plano/errors";

/** Which page a request asks for. */
export interface Paging {
  readonly size: number;
  /** From 1; undefined stands for the last page of organisations, which is the user's own name alone. */
  readonly page: number | undefined;
}

const defaultSize = 10;
const largestSize = 100;

/** Reads `MaxResults` and `Token`. Throws an `AppError` with the words that callers know. */
export function readPaging({
  MaxResults,
  Token,
}: {
  MaxResults: number | null;
  Token: string | null;
}): Paging {
  const size = MaxResults ?? defaultSize;
  if (size < 1 || size > largestSize) throw refusal(`maxResults must be between 1 and ${largestSize}`);
  return { size, page: Token === null || Token === "" ? 1 : readToken(Token) };
}

/** The token of a page. */
export function pageToken(page: number | undefined): string {
  return Buffer.from(JSON.stringify(page === undefined ? {} : { Page: page })).toString("base64url");
}

function readToken(token: string): number | undefined {
  try {
    if (!/^[A-Za-z0-9_-]+$/.test(token)) throw new Error("no base64url");
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("no object");
    const page = "Page" in value ? value.Page : undefined;
    if (page === undefined) return undefined;
    if (typeof page !== "number" || !Number.isSafeInteger(page) || page < 1) throw new Error("no page");
    return page;
  } catch (cause) {
    throw new AppError("invalid pagination token", { code: "bad-request", cause });
  }
}

/** Throws unless a text is a name as GitHub has them: anything else could change a search or a path. */
export function requireName(name: string, missing: string): string {
  if (name === "") throw refusal(missing);
  if (!/^[A-Za-z0-9._-]+$/.test(name) || /^\.+$/.test(name))
    throw refusal(`invalid name: ${JSON.stringify(name)}`);
  return name;
}

/** An error whose message is the answer. */
export function refusal(message: string): AppError {
  return new AppError(message, { code: "bad-request" });
}
