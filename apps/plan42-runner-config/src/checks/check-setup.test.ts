import { fakeToken } from "@plano/plan42-testkit";
import { expect, test } from "vitest";
import { checkSetup } from "./check-setup.ts";

const now = new Date("2026-11-21T00:00:00Z");
const token = fakeToken("p42r", { sub: "tenant", runner_id: "runner", exp: now.getTime() / 1000 + 60 });
const expired = fakeToken("p42r", { sub: "tenant", runner_id: "runner", exp: now.getTime() / 1000 - 60 });
const user = fakeToken("p42u", { sub: "tenant" });

const refused: readonly [string, string, string][] = [
  ["", "", "missing runner token"],
  [token, "", "missing server url"],
  [user, "https://a.example", "invalid runner token"],
  ["p42r_a.b", "https://a.example", "invalid api token: invalid jwt token"],
  [fakeToken("p42r", { sub: "tenant" }), "https://a.example", "invalid api token: it has no runner_id"],
  [token, "a.example", "invalid server url"],
  [token, "https://", "invalid server url"],
  [token, "ftp://a.example", "invalid server url"],
  [token, "https://api.dev.aiftp://x y", "invalid server url"],
  [expired, "https://a.example", "the runner token has expired on 2026-11-20"],
];

test("what is wrong is told in the order of the fields", () => {
  for (const [written, url, message] of refused) {
    expect(checkSetup({ token: written, url }, now)).toMatchObject({ ok: false, message });
  }
});

test.each([
  "https://a.example",
  "http://a.example",
  "http://127.0.0.1:7443",
  "http://localhost:1",
  "http://[::1]:1",
])("%s may get a token", (url) => {
  expect(checkSetup({ token, url }, now)).toMatchObject({ ok: true, token: { runnerId: "runner" } });
});
