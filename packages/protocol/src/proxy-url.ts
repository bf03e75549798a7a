/** How the address of a proxy is written, for messages about one that is not. */
export const proxyForm = "a URL such as http://proxy.example.com:3128, or HOST:PORT";

/** The URL of a proxy as it was written; `HOST:PORT` alone is one of HTTP, as curl has it. Undefined for what is none. */
export function proxyUrl(written: string): string | undefined {
  const url = /^[^/]+:\d+\/?$/.test(written) ? `http://${written}` : written;
  return /^(?:https?|socks5?):$/.test(URL.parse(url)?.protocol ?? "") ? url : undefined;
}
