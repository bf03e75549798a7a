import { readFileSync } from "node:fs";
import { join } from "node:path";
import { prepareInvocation } from "@plano/plan42-testkit";
import { listUsedImages } from "@plano/runner-home";
import type { FakeProgram } from "@plano/runtime";
import { expect, test, vi } from "vitest";
import { closePlaceAfterEach, completing, nothingLeft, openPlace, place, wait } from "./job-place.ts";
import { agentImage } from "./workplace.ts";

closePlaceAfterEach();

const images = () => join(place.folder, ".local/state/plan42-runner/images");

test("a job runs in its container with the turn as it stands, and its agent ends the turn", async () => {
  let input = "";
  const agent = completing(async (process) => {
    input = process.input;
    process.write(`working with ${JSON.parse(input).AgentToken}\n`);
    return 0;
  });
  await openPlace({ agent });
  await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage, prompt: "write" });
  expect(await place.service.send(message)).toEqual({ Type: "InvokeAgentResponse", ErrorMessage: null });
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  expect(record.statuses).toEqual(["Pulling Agent Image on Local Runner", "Completed"]);
  expect(Object.keys(JSON.parse(input))).toEqual(Object.keys(message));
  expect(JSON.parse(input)).toMatchObject({
    Task: { Prompt: "write", Model: null },
    Turn: { Version: 2, Status: "Pulling Agent Image on Local Runner" },
    FeedBack: null,
  });
  await nothingLeft();
  const lines = ["working with [REDACTED]", "[plan42-runner] the agent ended with 0"];
  expect(readFileSync(place.jobLog(jobId), "utf8")).toBe(`${lines.join("\n")}\n`);
  expect(await listUsedImages(images())).toMatchObject([{ reference: agentImage }]);
  // The agent has uploaded no log.
  expect(record.logs.map(({ Message }) => Message)).toEqual(lines);
  expect(JSON.stringify(place.log)).not.toContain(String(message.AgentToken));
});

test.each<[string, FakeProgram, RegExp]>([
  [
    "fails",
    async ({ write }) => {
      write("cannot compile\n");
      return 2;
    },
    /^agent exited with code 2\ncannot compile$/,
  ],
  ["is silent", async () => 0, /^agent exited without reporting a result$/],
  [
    "is killed for its memory",
    async () => ({ exitCode: 137, outOfMemory: true }),
    /out of memory \(limit 8\.0 GiB/,
  ],
])("the turn of an agent that %s is failed, and gets the log", async (_, agent, failure) => {
  await openPlace({ agent });
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toMatch(failure);
  expect(record.turn.CompletedAt).toBeDefined();
  expect(record.logs.at(-1)?.Message).toMatch(/^\[plan42-runner\] the agent ended with \d+$/);
  await nothingLeft();
});

test("a message that comes twice has one effect", async () => {
  const go = Promise.withResolvers<void>();
  let runs = 0;
  const agent = completing(async () => {
    runs += 1;
    await go.promise;
    return 0;
  });
  await openPlace({ agent });
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => place.service.send(message)));
  const reasons = answers.map(({ ErrorMessage }) => ErrorMessage);
  expect(reasons.filter((reason) => reason === null)).toHaveLength(1);
  expect(reasons.filter((reason) => reason === "job already running")).toHaveLength(4);
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  await nothingLeft();
  expect((await place.service.send(message)).ErrorMessage).toBe("job already finished");
  expect(runs).toBe(1);
});
