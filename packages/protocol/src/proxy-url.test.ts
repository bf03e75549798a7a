import { expect, test } from "vitest";
import { proxyUrl } from "./proxy-url.ts";

test.each([
  ["http://proxy.corp:3128", "http://proxy.corp:3128"],
  ["https://me:secret@proxy.corp", "https://me:secret@proxy.corp"],
  ["socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080"],
  ["proxy.corp:3128", "http://proxy.corp:3128"],
  ["proxy.corp:3128/", "http://proxy.corp:3128/"],
  ["me:secret@[::1]:3128", "http://me:secret@[::1]:3128"],
  ["foo", undefined],
  ["proxy.corp:http", undefined],
  ["proxy.corp:99999", undefined],
  ["http://[bad", undefined],
  ["ftp://proxy.corp:21", undefined],
])("%s is the proxy %s", (written, url) => expect(proxyUrl(written)).toBe(url));
