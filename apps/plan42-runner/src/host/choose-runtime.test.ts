import { AppError } from "@plano/errors";
import type { RunnerConfig } from "@plano/runner-home";
import { expect, test } from "vitest";
import { chooseRuntime } from "./choose-runtime.ts";

const choose = (config: Pick<RunnerConfig, "runtime" | "network">, platform = "darwin") =>
  chooseRuntime(config, {
    environment: {},
    platform,
    podmanPath: "podman",
    containerPath: "container",
    folder: "/nowhere",
    records: "/nowhere/containers",
  });

function refusalOf(call: () => unknown) {
  try {
    call();
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error("it was not refused");
}

test.each(["docker", "podman", "apple"] as const)("%s", (runtime) => {
  expect(choose({ runtime, network: "default" }).name).toBe(runtime);
});

test.each(["docker", "podman"] as const)("%s keeps jobs apart, on any system", (runtime) => {
  for (const platform of ["linux", "darwin"]) {
    expect(choose({ runtime, network: "isolated" }, platform).name).toBe(runtime);
  }
});

test("Apple's container is refused where it does not keep jobs apart, and where it is not", () => {
  const open = refusalOf(() => choose({ runtime: "apple", network: "isolated" }));
  expect(open.message).toContain('cannot keep network = "isolated"');
  expect(open).toMatchObject({ exitCode: 78, hint: expect.stringContaining('network = "default"') });
  expect(refusalOf(() => choose({ runtime: "apple", network: "default" }, "linux"))).toMatchObject({
    message: 'the runtime "apple" needs macOS',
    exitCode: 78,
  });
});
