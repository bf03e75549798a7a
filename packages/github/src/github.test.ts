import { type FakeGithub, startFakeGithub } from "@plano/plan42-testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { githubAddresses } from "./addresses.ts";
import { createGithub, type Github } from "./github.ts";

const many = Array.from({ length: 250 }, (_, index) => `repo-${String(index).padStart(3, "0")}`);
const own = { author: "Plan42-bot", body: "&lt;!-- event-horizon: 1 --&gt;" };

let fake: FakeGithub;
let github: Github;

beforeEach(async () => {
  fake = await startFakeGithub({
    tokens: { good: "octo-user" },
    organizations: ["alpha", "beta", "gamma"],
    repositories: {
      ...Object.fromEntries(many.map((name) => [`alpha/${name}`, []])),
      "beta/repo": ["main", "feature/ünïcode"],
    },
    pullRequests: {
      "beta/repo#7": {
        threads: [
          {
            id: "T1",
            isResolved: true,
            comments: [
              { id: "a", author: "ann", body: "one line", path: "a.ts", line: 5 },
              { id: "b", body: "by nobody", path: "a.ts", line: 9, startLine: 6 },
            ],
          },
          { id: "T2", comments: [{ id: "c", ...own }] },
          {
            id: "T3",
            comments: Array.from({ length: 230 }, (_, index) => ({
              id: `t${index}`,
              author: "bob",
              body: `${index}`,
            })),
          },
          ...Array.from({ length: 120 }, (_, index) => ({
            id: `X${index}`,
            comments: [{ id: `x${index}`, author: "eve", body: "x" }],
          })),
        ],
        comments: [
          { id: "C1", author: "ann", body: "<!-- event-horizon but from a person" },
          { id: "C2", ...own },
        ],
        reviews: [
          { id: "R1", author: "ann", body: "" },
          { id: "R2", author: "ann", body: "Looks fine" },
        ],
      },
    },
  });
  github = createGithub({ url: `${fake.url}/`, token: "good" });
});
afterEach(() => fake.close());

test.each([
  ["https://github.com", "https://api.github.com", "https://api.github.com/graphql"],
  ["https://github.com/", "https://api.github.com", "https://api.github.com/graphql"],
  ["https://api.github.com", "https://api.github.com", "https://api.github.com/graphql"],
  ["github.com", "https://api.github.com", "https://api.github.com/graphql"],
  ["https://acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"],
  ["https://git.acme.com:8443/", "https://git.acme.com:8443/api/v3", "https://git.acme.com:8443/api/graphql"],
  ["https://git.acme.com/api/v3/", "https://git.acme.com/api/v3", "https://git.acme.com/api/graphql"],
])("%s", (url, rest, graphql) => {
  expect(githubAddresses(url)).toEqual({ rest, graphql });
});

test("an address that is none is refused", () => {
  expect(() => githubAddresses("ftp://github.com")).toThrow("not the address of a GitHub server");
});

test("lists come page by page", async () => {
  expect(await github.organizations({ page: 1, perPage: 2 })).toEqual({
    items: ["alpha", "beta"],
    nextPage: 2,
  });
  expect(await github.organizations({ page: 2, perPage: 2 })).toEqual({ items: ["gamma"] });
  expect(await github.userLogin()).toBe("octo-user");
  const found = await github.searchRepositories({ owner: "alpha", search: "repo", page: 3, perPage: 100 });
  expect(found).toEqual({ items: many.slice(200).map((name) => `alpha/${name}`) });
  expect(await github.branches({ owner: "beta", name: "repo", page: 1, perPage: 100 })).toEqual({
    items: ["main", "feature/ünïcode"],
  });
});

test("all feedback comes, in order, whatever the pages, but for what the product wrote itself", async () => {
  const feedback = await github.pullRequestFeedback({ owner: "beta", name: "repo", number: 7 });
  expect(feedback.map(({ ID }) => ID)).toEqual([
    "T1",
    "T3",
    ...Array.from({ length: 120 }, (_, index) => `X${index}`),
    "C1",
    "R2",
  ]);
  expect(feedback[0]).toMatchObject({
    IsResolved: true,
    Comments: [
      { User: "ann", StartLine: 5, OrigStartLine: 5, Path: "a.ts", MinimizedReason: "" },
      { User: "", StartLine: 6, OrigStartLine: 6 },
    ],
  });
  expect(feedback[1]?.Comments.map(({ Body }) => Body)).toEqual(
    Array.from({ length: 230 }, (_, i) => `${i}`),
  );
});

test("errors inside an answer of 200 are errors", async () => {
  await expect(github.pullRequestFeedback({ owner: "beta", name: "repo", number: 8 })).rejects.toThrow(
    "Could not resolve to a PullRequest with the number of 8.",
  );
  await expect(github.pullRequestFeedback({ owner: "no", name: "repo", number: 1 })).rejects.toThrow(
    "Could not resolve to a Repository",
  );
});

test("a refusal names the call, the status and GitHub's reason, and never the token", async () => {
  const wrong = createGithub({ url: fake.url, token: "secret-token" });
  const error = await wrong.organizations({ page: 1, perPage: 10 }).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(
    /GET http:\/\/127\.0\.0\.1:\d+\/api\/v3\/user\/orgs\?page=1&per_page=10: 401 Bad credentials \[\]/,
  );
  expect(String(error)).not.toContain("secret-token");
  await expect(github.branches({ owner: "beta", name: "../x", page: 1, perPage: 10 })).rejects.toThrow(
    "/repos/beta/..%2Fx/branches?page=1&per_page=10: 404 Not Found []",
  );
});

test("a short rate limit is waited for; during a long one GitHub is not asked", async () => {
  fake.fail({ kind: "answer", status: 429, headers: { "retry-after": "1" } });
  expect((await github.organizations({ page: 1, perPage: 10 })).items).toHaveLength(3);
  const reset = Math.floor(Date.now() / 1000) + 3600;
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
  fake.fail({ kind: "answer", status: 403, headers });
  const before = fake.requests.length;
  await expect(github.organizations({ page: 1, perPage: 10 })).rejects.toThrow("rate limit exceeded");
  await expect(github.pullRequestFeedback({ owner: "beta", name: "repo", number: 7 })).rejects.toThrow(
    `calls go on at ${new Date(reset * 1000).toISOString()}`,
  );
  expect(fake.requests.length).toBe(before + 1);
});

test("a GitHub that is silent, resets or is not there is told apart from one that refuses", async () => {
  const hasty = createGithub({ url: fake.url, token: "good", timeoutMilliseconds: 200 });
  fake.fail({ kind: "silence" }, { kind: "reset" }, { kind: "answer", status: 502 });
  const call = () => hasty.userLogin();
  await expect(call()).rejects.toThrow("/api/v3/user: no answer in time");
  await expect(call()).rejects.toThrow(/\/api\/v3\/user: no answer: /);
  await expect(call()).rejects.toMatchObject({ status: 502 });
  await fake.close();
  await expect(call()).rejects.toMatchObject({ code: "github-unreachable" });
});

test("a call ends with its signal", async () => {
  fake.fail({ kind: "silence" });
  const reason = new Error("stop");
  const abort = new AbortController();
  setTimeout(() => abort.abort(reason), 50);
  await expect(github.userLogin(abort.signal)).rejects.toBe(reason);
});
