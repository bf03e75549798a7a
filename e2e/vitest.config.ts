import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "e2e",
    globalSetup: "support/docker-setup.ts",
    include: ["suites/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Each file starts programs of its own; more at once would only measure the machine.
    maxWorkers: 2,
  },
});
