import { readFileSync } from "node:fs";
import { prepareInvocation, startFakeGithub } from "@plano/plan42-testkit";
import { expect, test, vi } from "vitest";
import { closePlaceAfterEach, completing, nothingLeft, openPlace, place, wait } from "./job-place.ts";
import { agentImage } from "./workplace.ts";

closePlaceAfterEach();

test("the runner's own GitHub takes the place of what the service sent, and feedback is fetched", async () => {
  const github = await startFakeGithub({
    tokens: { "local-github-token": "octo" },
    organizations: ["alpha", "beta", "gamma"],
    repositories: { "alpha/repo": ["main", "feature/x"] },
    pullRequests: { "alpha/repo#3": { comments: [{ id: "C", author: "ann", body: "please" }] } },
  });
  let input = "";
  const agent = completing(async (process) => {
    input = process.input;
    process.write("token local-github-token\n");
    return 0;
  });
  await openPlace({
    agent,
    toml: `[github.corp]\nname = "corp"\nurl = "${github.url}"\nconnection_id = "X"\ntoken = "local-github-token"`,
  });
  await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, {
    image: agentImage,
    turnIndex: 2,
    task: { RepoInfo: { "alpha/repo": { PRNumber: 3, FeatureBranch: "f", TargetBranch: "main" } } },
    message: { PrivateGithubConnectionID: "X", GithubToken: "theirs", GithubURL: "https://github.com" },
  });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  expect(record.statuses[0]).toBe("Checking for PR Feedback");
  expect(JSON.parse(input)).toMatchObject({
    GithubToken: "local-github-token",
    GithubURL: github.url,
    FeedBack: { "alpha/repo": [{ ID: "C", IsResolved: false, Comments: [{ User: "ann", Body: "please" }] }] },
  });
  await nothingLeft();
  expect(readFileSync(place.jobLog(jobId), "utf8")).toContain("token [REDACTED]");

  const common = { TenantID: place.service.tenantId, ConnectionID: "X", Token: null };
  const orgs = { Type: "ListOrgsForGithubConnectionRequest", ...common, MaxResults: 3, Search: null };
  const first = await place.service.send(orgs);
  expect(first).toEqual({
    Type: "ListOrgsForGithubConnectionResponse",
    Items: ["alpha", "beta", "gamma"],
    NextToken: "e30",
    ErrorMessage: null,
  });
  expect(await place.service.send({ ...orgs, Token: "e30" })).toMatchObject({
    Items: ["octo"],
    NextToken: null,
  });
  expect(await place.service.send({ ...orgs, MaxResults: 2 })).toMatchObject({ NextToken: "eyJQYWdlIjoyfQ" });
  expect(await place.service.send({ ...orgs, Token: "***" })).toMatchObject({
    ErrorMessage: "invalid pagination token",
  });
  expect(await place.service.send({ ...orgs, MaxResults: 101 })).toMatchObject({
    ErrorMessage: "maxResults must be between 1 and 100",
  });
  const search = {
    Type: "SearchRepoRequest",
    ...common,
    OrgName: "alpha user:evil",
    Search: "r",
    MaxResults: null,
  };
  expect(await place.service.send(search)).toMatchObject({ ErrorMessage: 'invalid name: "alpha user:evil"' });
  expect(await place.service.send({ ...search, ConnectionID: "Y" })).toMatchObject({ Items: [] });
  expect(
    await place.service.send({
      Type: "ListRepoBranchesRequest",
      ...common,
      OrgName: "alpha",
      RepoName: "repo",
      Search: "feature",
      MaxResults: null,
    }),
  ).toEqual({ Type: "ListRepoBranchesResponse", Items: ["feature/x"], NextToken: null, ErrorMessage: null });

  await github.close();
  expect((await place.service.send(orgs)).ErrorMessage).toMatch(
    /^GET http.*\/api\/v3\/user\/orgs.*no answer/,
  );
  const lost = prepareInvocation(place.service, {
    image: agentImage,
    turnIndex: 2,
    task: { RepoInfo: { "alpha/repo": { PRNumber: 3, FeatureBranch: "f", TargetBranch: "main" } } },
    message: { PrivateGithubConnectionID: "X" },
  });
  await place.service.send(lost.message);
  await vi.waitFor(() => expect(lost.record.turn.Status).toBe("Failed"), wait);
  expect(lost.record.turn.ErrorMessage).toMatch(/graphql/);
});
