import { domainToASCII } from "node:url";

/** Where a job may connect to: a name, an address of IPv4, or `*.` and a domain, with a port or all (`*`). */
export interface AllowedHost {
  readonly host: string;
  readonly port: number | "*";
}

/** What one entry of a list means, or why it means nothing. */
export type AllowedHostResult =
  | { readonly ok: true; readonly hosts: readonly AllowedHost[] }
  | { readonly ok: false; readonly problem: string };

/** Without a port an entry means the web's. */
const usualPorts = [80, 443];
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads an entry such as `example.com`, `example.com:8443`, `*.example.com` (every name below it, not itself)
 * or `10.0.0.5:*`. International names are turned into their ASCII form.
 */
export function parseAllowedHost(entry: string): AllowedHostResult {
  const refuse = (why: string): AllowedHostResult => ({ ok: false, problem: `'${entry}' ${why}` });
  const written = entry.trim();
  if (/[/@?#]/.test(written))
    return refuse("is no host: a name and perhaps a port, without a scheme or path");
  // What turns names into ASCII drops some of these without a word.
  if (/\s/.test(written)) return refuse("is no name of a host");
  const [, name = "", port] = /^(.*?)(?::([^:]*))?$/s.exec(written) ?? [];
  if (name.includes(":")) return refuse("is an address of IPv6, which jobs with a list do not have");
  const ports = port === undefined ? usualPorts : [readPort(port)];
  if (ports.includes(undefined)) return refuse("has no port between 1 and 65535 after its colon, and no *");
  const isWildcard = name.startsWith("*.");
  const host = domainToASCII(isWildcard ? name.slice(2) : name).replace(/\.$/, "");
  const isName = host.length <= 250 && host.split(".").every((part) => label.test(part));
  if (!isName || (isWildcard && /^[\d.]+$/.test(host))) return refuse("is no name of a host");
  return {
    ok: true,
    hosts: ports.flatMap((one) =>
      one === undefined ? [] : [{ host: isWildcard ? `*.${host}` : host, port: one }],
    ),
  };
}

function readPort(text: string): AllowedHost["port"] | undefined {
  if (text === "*") return "*";
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}
