import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/global-setup.ts",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Each file has an embedded database of its own, which takes some hundred megabytes.
    fileParallelism: false,
  },
});
