import { expect, test } from "vitest";
import { runFiles } from "../gateway/run-files.ts";
import { dockerFiles } from "./places.ts";

test("each container has its own files and its own lock", () => {
  const files = runFiles("/home/somebody");
  const [usual, second] = ["plano", "plano2"].map((name) => dockerFiles(files, name));
  expect(usual?.record).toBe("/home/somebody/.plano/run/docker/container.json");
  expect(second?.record).toBe("/home/somebody/.plano/run/docker-plano2/container.json");
  expect(second?.configFile).toBe("/home/somebody/.plano/run/docker-plano2/config/config.yaml");
  expect(second?.lockFile).not.toBe(usual?.lockFile);
});
