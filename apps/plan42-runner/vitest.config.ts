import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { globalSetup: ["@plano/plan42-testkit/engines"], testTimeout: 120_000, hookTimeout: 120_000 },
});
