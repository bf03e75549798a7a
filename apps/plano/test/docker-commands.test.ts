import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configFor, createWorkplace, type Workplace } from "./workplace.ts";

// What --docker says before any engine is asked.

let workplace: Workplace;
beforeEach(async () => {
  workplace = await createWorkplace();
  workplace.write("config.yaml", configFor(workplace));
});
afterEach(() => workplace.clear());

const commands = [["up", "--docker"], ["down", "--docker"], ["logs", "--docker"], ["status"], ["reload"]];

test.each(commands)("%s %s: what cannot be a container's name is refused", async (...words) => {
  for (const name of ["../x", "a b", "x", "-ab"]) {
    const { code, stderr } = await workplace.run(words, { PLANO_DOCKER_CONTAINER: name });
    expect([code, stderr]).toEqual([1, expect.stringContaining("PLANO_DOCKER_CONTAINER cannot be the name")]);
  }
});

test("up that is told to stop before a container is made ends with 130 and makes none", async () => {
  const asked: string[] = [];
  const answers: readonly (readonly [RegExp, object])[] = [
    [/\/info$/, { SecurityOptions: [] }],
    [/\/images\/.*\/json$/, { Id: "sha256:1", Config: { Labels: {} } }],
  ];
  const engine = createServer(({ method, url = "" }, response) => {
    asked.push(`${method} ${url}`);
    running.interrupt();
    const answer = answers.find(([path]) => path.test(url))?.[1];
    if (answer === undefined) response.writeHead(url.endsWith("/_ping") ? 200 : 404);
    response.end(JSON.stringify(answer ?? {}));
  });
  const socket = join(workplace.home, "docker.sock");
  await once(engine.listen(socket), "listening");
  const running = workplace.start(["up", "--docker"], {
    DOCKER_HOST: `unix://${socket}`,
    OPENAI_API_KEY: "x",
  });
  const { code, stderr } = await running.outcome;
  engine.close();
  expect([code, stderr]).toEqual([130, expect.stringContaining("interrupted")]);
  expect(asked.join("\n")).toContain("GET");
  expect(asked.join("\n")).not.toContain("/containers/create");
});

test.each(commands.slice(0, 3))(
  "%s %s: an engine that cannot be reached so ends with 1",
  async (...words) => {
    const { code, stderr } = await workplace.run(words, { DOCKER_HOST: "ssh://x", OPENAI_API_KEY: "x" });
    expect([code, stderr]).toEqual([1, expect.stringContaining("DOCKER_HOST is not supported")]);
  },
);
