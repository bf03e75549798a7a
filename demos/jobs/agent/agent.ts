// The demo's agent, which runs in the container: it clones a repository, lets a model work on it, pushes what came
// out, and ends its turn. It is called as every agent is: the task comes on standard input.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { text } from "node:stream/consumers";
import { createClient, createLogUploader, openTurn } from "@plano/client";
import { parseRequest, type RequestOf, turnStatuses } from "@plano/protocol";
import { askModel, type WrittenFile } from "./model.ts";

const folder = "/work";

const parsed = parseRequest(await text(process.stdin));
if (!parsed.ok || parsed.message.Type !== "InvokeAgentRequest")
  throw new Error("there is no task on standard input");
const { Task, Turn, Environment, AgentToken } = parsed.message;
const variables = Object.fromEntries(Environment.EnvVars.map(({ Name, Value }) => [Name, Value]));

const session = openTurn(createClient({ url: issuerOf(AgentToken), token: AgentToken }), Turn);
const log = createLogUploader({ session });
const say = (line: string) => {
  process.stdout.write(`${line}\n`);
  log.add(line);
};

try {
  const summary = await work(Task.RepoInfo);
  await log.close();
  await session.update({
    Status: turnStatuses.completed,
    OutputMessage: summary.text,
    CommitInfo: summary.commits,
    CompletedAt: new Date().toISOString(),
  });
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  say(reason);
  await log.close();
  await session.update({
    Status: turnStatuses.failed,
    ErrorMessage: reason,
    CompletedAt: new Date().toISOString(),
  });
}

async function work(repositories: RequestOf<"InvokeAgentRequest">["Task"]["RepoInfo"]) {
  const [repository, branches] = Object.entries(repositories)[0] ?? [];
  if (repository === undefined || branches === undefined) throw new Error("the task names no repository");
  say(`cloning ${repository}`);
  git("clone", "--quiet", `${variables.GIT_URL}/${repository}.git`, folder);
  git("checkout", "--quiet", "-b", branches.FeatureBranch);
  const before = git("rev-parse", "HEAD");

  say(`asking ${variables.MODEL} at ${variables.MODEL_URL}`);
  const answer = await askModel({
    url: variables.MODEL_URL ?? "",
    model: variables.MODEL ?? "",
    prompt: Turn.Prompt,
    onText: (line) => say(`  ${line}`),
    onFile: writeWorkFile,
  });

  git("add", "--all");
  git("commit", "--quiet", "--message", Task.Title);
  git("push", "--quiet", "origin", branches.FeatureBranch);
  say(
    `pushed ${branches.FeatureBranch}: ${git("show", "--shortstat", "--format=%h %s").replace(/\s+/g, " ")}`,
  );
  const commits = {
    [repository]: { BaselineCommitHash: before, LastCommitHash: git("rev-parse", "HEAD") },
  };
  return { text: answer, commits };
}

function writeWorkFile({ path, content }: WrittenFile): void {
  const target = join(folder, normalize(`/${path}`));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${content}\n`);
  say(`wrote ${path}`);
}

function git(...words: readonly string[]): string {
  const own = ["-c", "user.name=Demo agent", "-c", "user.email=agent@localhost"];
  const place = words[0] === "clone" ? [] : ["-C", folder];
  return execFileSync("git", [...own, ...place, ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).trim();
}

/** Where the API is, as the token's issuer says it. */
function issuerOf(token: string): string {
  const claims: { iss?: string } = JSON.parse(
    Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"),
  );
  return claims.iss ?? "";
}
