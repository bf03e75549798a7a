import { expect, test } from "vitest";
import { isLoopbackUrl } from "./loopback.ts";

test("URLs of loopback are told from those of others", () => {
  for (const host of ["127.0.0.1:7443", "127.1.2.3", "localhost:1", "a.localhost", "[::1]:7443"])
    expect([host, isLoopbackUrl(`http://${host}`)]).toEqual([host, true]);
  for (const host of ["172.17.0.1", "host.docker.internal:7443", "127.example.com", "[fe80::1]"])
    expect([host, isLoopbackUrl(`http://${host}/127.0.0.1`)]).toEqual([host, false]);
});
