import { expect, test } from "vitest";
import { parseAllowedHost } from "./allowed-hosts.ts";

const read = (entry: string) => {
  const result = parseAllowedHost(entry);
  return result.ok ? result.hosts.map(({ host, port }) => `${host}:${port}`) : result.problem;
};

test.each<[string, string[]]>([
  ["example.com", ["example.com:80", "example.com:443"]],
  [" Example.COM. ", ["example.com:80", "example.com:443"]],
  ["example.com:8443", ["example.com:8443"]],
  ["*.example.com", ["*.example.com:80", "*.example.com:443"]],
  ["*.example.com:*", ["*.example.com:*"]],
  ["10.0.0.5:5432", ["10.0.0.5:5432"]],
  ["bücher.example:443", ["xn--bcher-kva.example:443"]],
  ["host.docker.internal:12000", ["host.docker.internal:12000"]],
])("%j is a host", (entry, hosts) => {
  expect(read(entry)).toEqual(hosts);
});

test.each<[string, string]>([
  ["", "is no name of a host"],
  ["https://example.com", "is no host: a name and perhaps a port, without a scheme or path"],
  ["example.com/path", "is no host: a name and perhaps a port, without a scheme or path"],
  ["example.com:", "has no port between 1 and 65535 after its colon, and no *"],
  ["example.com:99999", "has no port between 1 and 65535 after its colon, and no *"],
  ["::1", "is an address of IPv6, which jobs with a list do not have"],
  ["*", "is no name of a host"],
  ["*.10.0.0.1", "is no name of a host"],
  ["a.*.example.com", "is no name of a host"],
  ["two words", "is no name of a host"],
  ["example.com\nevil.test", "is no name of a host"],
])("%j is none", (entry, why) => {
  expect(read(entry)).toBe(`'${entry}' ${why}`);
});
