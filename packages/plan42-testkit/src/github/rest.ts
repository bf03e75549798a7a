import type { GithubData } from "./data.ts";

/** An answer of the REST API. */
export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Value of the `Link` header. */
  readonly link?: string;
}

/** Answers a GET of the REST API; `url` is below its base. */
export function answerRest(data: GithubData, url: URL, path: string, login: string): RestAnswer {
  if (path === "/user") return { status: 200, body: { login } };
  if (path === "/user/orgs") {
    const organizations = (data.organizations ?? []).map((name) => ({ login: name }));
    return page(url, organizations, (items) => items);
  }
  if (path === "/search/repositories") return searchRepositories(data, url);
  const [, owner, name] = /^\/repos\/([^/]+)\/([^/]+)\/branches$/.exec(path) ?? [];
  const branches = data.repositories?.[`${decode(owner)}/${decode(name)}`];
  if (branches === undefined) return notFound;
  return page(
    url,
    branches.map((branch) => ({ name: branch, protected: false })),
    (items) => items,
  );
}

const notFound: RestAnswer = { status: 404, body: { message: "Not Found", status: "404" } };

function searchRepositories(data: GithubData, url: URL): RestAnswer {
  const words = (url.searchParams.get("q") ?? "").split(" ").filter((word) => word !== "");
  const owner = words.find((word) => word.startsWith("org:"))?.slice("org:".length);
  const text = words.filter((word) => !word.includes(":")).join(" ");
  const organizations = new Set(Object.keys(data.repositories ?? {}).map((name) => name.split("/")[0]));
  if (words.length === 0 || (owner !== undefined && !organizations.has(owner))) {
    return { status: 422, body: { message: "Validation Failed", status: "422" } };
  }
  const found = Object.keys(data.repositories ?? {})
    .filter((name) => (owner === undefined || name.startsWith(`${owner}/`)) && name.includes(text))
    .map((full_name) => ({ full_name }));
  return page(url, found, (items) => ({ total_count: found.length, incomplete_results: false, items }));
}

function page<Item>(url: URL, all: readonly Item[], body: (items: readonly Item[]) => unknown): RestAnswer {
  // GitHub takes anything for these and falls back; a client of ours that sends nonsense is wrong all the same.
  const [number, size] = ["page", "per_page"].map((name) => Number(url.searchParams.get(name)));
  if (!number || !size || number < 1 || size < 1 || size > 100) {
    return { status: 422, body: { message: "page or per_page is out of range", status: "422" } };
  }
  const start = (number - 1) * size;
  const next = new URL(url);
  next.searchParams.set("page", String(number + 1));
  const hasNext = start + size < all.length;
  return {
    status: 200,
    body: body(all.slice(start, start + size)),
    ...(hasNext ? { link: `<${next}>; rel="next", <${url}>; rel="last"` } : {}),
  };
}

function decode(segment: string | undefined): string {
  return decodeURIComponent(segment ?? "");
}
