import { AppError } from "@plano/errors";

/** Where a GitHub's APIs are. */
export interface GithubAddresses {
  /** Without a slash at its end. */
  readonly rest: string;
  readonly graphql: string;
}

/**
 * The APIs of a GitHub by the address that people see: github.com, a tenant of ghe.com, or an own server,
 * with or without a path, a slash at the end, or the API's own address. Throws an `AppError` for other text.
 */
export function githubAddresses(url: string): GithubAddresses {
  const parsed = URL.parse(url.includes("://") ? url : `https://${url}`);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new AppError(`not the address of a GitHub server: ${url}`, {
      code: "github-url",
      hint: "It must be like https://github.com.",
    });
  }
  const host = parsed.host.toLowerCase().replace(/^(?:www|api)\.(?=github\.com$|[^.]+\.ghe\.com$)/, "");
  if (host === "github.com" || /^[^.]+\.ghe\.com$/.test(host)) {
    return { rest: `https://api.${host}`, graphql: `https://api.${host}/graphql` };
  }
  const path = parsed.pathname.replace(/\/+$/, "").replace(/\/api(?:\/v3|\/graphql)?$/, "");
  const base = `${parsed.protocol}//${parsed.host}${path}`;
  return { rest: `${base}/api/v3`, graphql: `${base}/api/graphql` };
}
