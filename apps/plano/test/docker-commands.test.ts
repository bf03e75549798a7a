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
