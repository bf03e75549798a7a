import { readFileSync } from "node:fs";
import { prepareInvocation } from "@plano/plan42-testkit";
import type { FakeProgram } from "@plano/runtime";
import { expect, test, vi } from "vitest";
import { closePlaceAfterEach, completing, nothingLeft, openPlace, place, wait } from "./job-place.ts";
import { agentImage, quietImage } from "./workplace.ts";

closePlaceAfterEach();

test("the log of an image that leaves it to the runner is forwarded as it comes, and once, across a restart", async () => {
  const go = Promise.withResolvers<void>();
  const agent = completing(async ({ write }) => {
    write("one\ntwo\n");
    await go.promise;
    write("three\n");
    // The log has its version of the turn; the agent takes the newest.
    await vi.waitFor(() => expect(lines()).toContain("three"), wait);
    return 0;
  });
  await openPlace({ agent });
  const first = await place.start({ heartbeatMilliseconds: 100 });
  const { record, message } = prepareInvocation(place.service, { image: quietImage });
  const lines = () => record.logs.map(({ Message }) => Message);
  await place.service.send(message);
  await vi.waitFor(() => expect(lines()).toEqual(["one", "two"]), wait);
  const version = record.turn.Version;
  await vi.waitFor(() => expect(record.turn.Version).toBeGreaterThan(version), wait);
  expect(await first.shutdown(AbortSignal.abort())).toBe("forced");

  await place.start();
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  await nothingLeft();
  expect(lines()).toEqual(["one", "two", "three", "[plan42-runner] the agent ended with 0"]);
  expect(record.statuses).toEqual([
    "Pulling Agent Image on Local Runner",
    "Agent Running on Local Runner",
    "Completed",
  ]);
});

test.each([
  ["forwarded", quietImage],
  ["left", agentImage],
])("the %s log of an agent that ends its turn while no daemon is there is whole", async (_, image) => {
  const go = Promise.withResolvers<void>();
  const agent = completing(async ({ write }) => {
    write("one\n");
    await go.promise;
    write("two\n");
    return 0;
  });
  await openPlace({ agent });
  const first = await place.start();
  const { record, jobId, message } = prepareInvocation(place.service, { image });
  await place.service.send(message);
  await vi.waitFor(() => expect(readFileSync(place.jobLog(jobId), "utf8")).toBe("one\n"), wait);
  const sent = image === quietImage ? 1 : 0;
  await vi.waitFor(() => expect(record.logs).toHaveLength(sent), wait);
  expect(await first.shutdown(AbortSignal.abort())).toBe("forced");
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  await place.start();
  await nothingLeft();
  expect(record.logs.map(({ Message }) => Message)).toEqual([
    "one",
    "two",
    "[plan42-runner] the agent ended with 0",
  ]);
});

test.each([
  ["forwarded", quietImage],
  ["left", agentImage],
])(
  "a line of the %s log that is long is one entry, and a longer one is whole in several",
  async (_, image) => {
    const long = JSON.stringify({ text: "x".repeat(60_000) });
    const longer = "y".repeat(200_000);
    const agent = completing(async ({ write }) => {
      write(`${long}\n${longer}\n`);
      return 0;
    });
    await openPlace({ agent });
    await place.start();
    const { record, message } = prepareInvocation(place.service, { image });
    await place.service.send(message);
    await nothingLeft();
    await vi.waitFor(() => expect(record.logs.at(-1)?.Message).toContain("agent ended"), wait);
    const lines = record.logs.map(({ Message }) => Message);
    expect(lines[0]).toBe(long);
    expect(lines.slice(1, -1).join("")).toBe(longer);
    expect(lines).toHaveLength(6);
  },
);

test.each([
  ["forwarded", quietImage],
  ["left", agentImage],
])("a turn gets no more of a %s log than the limit, and is told so", async (_, image) => {
  const agent: FakeProgram = async ({ write }) => {
    for (let count = 0; count < 200; count += 1)
      write(`${String(count).padStart(3, "0")} ${"x".repeat(45)}\n`);
    return 3;
  };
  await openPlace({ agent, toml: 'log_upload_max_size = "2000"' });
  await place.start();
  const { record, message, jobId } = prepareInvocation(place.service, { image });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  const lines = record.logs.map(({ Message }) => Message);
  expect(lines).toHaveLength(41);
  expect(lines.at(39)).toMatch(/^039 x/);
  expect(lines.at(40)).toMatch(/^\[plan42-runner\] log truncated: .* 2000 bytes/);
  expect(readFileSync(place.jobLog(jobId), "utf8")).toMatch(/^199 x/m);
});
