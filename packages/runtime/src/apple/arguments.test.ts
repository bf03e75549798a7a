import { expect, test } from "vitest";
import type { ContainerSpec } from "../runtime.ts";
import {
  createArguments,
  createNetworkArguments,
  environmentLines,
  pullArguments,
  startArguments,
} from "./arguments.ts";

const spec: ContainerSpec = {
  name: "plan42-job-1",
  image: "org/agent:1",
  entrypoint: "/usr/bin/agent-wrapper",
  arguments: ["--encrypted-input=false", "--log-agent-output"],
  labels: { "ai.plan42.runner": "r", "ai.plan42.job": "plan42-job-1" },
  limits: { cpus: 4, memoryBytes: 8 * 2 ** 30, processes: 4096 },
  network: { kind: "default" },
  logBytes: 1e6,
};

test("a job's container", () => {
  expect(createArguments(spec).join(" ")).toBe(
    "create --name plan42-job-1 --interactive --init --platform linux/arm64 --cpus 4 --memory 8192M " +
      "--cap-drop ALL --label ai.plan42.runner=r --label ai.plan42.job=plan42-job-1 " +
      "--entrypoint /usr/bin/agent-wrapper org/agent:1 --encrypted-input=false --log-agent-output",
  );
});

test("everything else that a container may have; its variables are in a file", () => {
  const { entrypoint: _, ...image } = spec;
  const words = createArguments(
    {
      ...image,
      arguments: [],
      labels: {},
      limits: { cpus: 1.2, memoryBytes: 300 * 2 ** 20 + 17, processes: 1 },
      network: { kind: "network", name: "net" },
      extraHosts: ["host.docker.internal:host-gateway"],
      environment: { TOKEN: "secret" },
      nameServers: ["127.0.0.1", "::1"],
      readOnlyRoot: true,
      capabilities: ["NET_ADMIN"],
    },
    "/folder/file",
  );
  expect(words.join(" ")).toBe(
    "create --name plan42-job-1 --interactive --init --platform linux/arm64 --cpus 2 --memory 300M " +
      "--cap-drop ALL --cap-add NET_ADMIN --network net --read-only --tmpfs /tmp " +
      "--dns 127.0.0.1 --dns ::1 --env-file /folder/file org/agent:1",
  );
});

test("processors are whole, and at least one", () => {
  const limits = { cpus: 0.1, memoryBytes: 2 ** 30, processes: 1 };
  expect(createArguments({ ...spec, limits }).join(" ")).toContain("--cpus 1 --memory 1024M");
});

test("another container's network is refused", () => {
  const network = { kind: "container", name: "plan42-job-1-network" } as const;
  expect(() => createArguments({ ...spec, network })).toThrow("cannot join another one's network");
});

test("the file of variables", () => {
  expect(environmentLines(spec)).toBeUndefined();
  expect(environmentLines({ ...spec, environment: { A: "x=y z", B: "" } })).toBe("A=x=y z\nB=\n");
  expect(() => environmentLines({ ...spec, environment: { A: "one\ntwo" } })).toThrow("such as A");
});

test("the other commands", () => {
  expect(startArguments("one").join(" ")).toBe("start --attach --interactive one");
  expect(pullArguments("org/agent:1").join(" ")).toBe("image pull --platform linux/arm64 org/agent:1");
  expect(createNetworkArguments("net", { a: "1", b: "" }).join(" ")).toBe(
    "network create --label a=1 --label b= net",
  );
});
