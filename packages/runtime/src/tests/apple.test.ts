import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAppleRuntime } from "../apple/apple-runtime.ts";
import { createJobContainers } from "../job-containers.ts";
import type { Runtime } from "../runtime.ts";
import { type ApplePlace, createApplePlace } from "./apple-place.ts";
import { scripts, shell } from "./runtimes.ts";

let place: ApplePlace;
let name: string;
const made: Runtime[] = [];

beforeEach(() => {
  place = createApplePlace();
  name = `plan42-test-${randomUUID()}`;
});
afterEach(async () => {
  place.put("services");
  place.remove("version");
  for (const runtime of made.splice(0)) await runtime.remove(name);
  place.clear();
});

function open(options: Parameters<ApplePlace["runtime"]>[0] = {}): Runtime {
  const runtime = place.runtime(options);
  made.push(runtime);
  return runtime;
}

/** The processes of a container's record: the shell that holds it, and the program that it runs. */
function holders(): readonly number[] {
  const shellId = readFileSync(join(place.records, `${name}.process`), "utf8").trim();
  const children = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([id, parent]) => (parent === shellId ? [Number(id)] : []));
  return [Number(shellId), ...children];
}

async function readAll(runtime: Runtime): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of runtime.output(name)) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

async function untilOutput(runtime: Runtime, text: string): Promise<void> {
  let seen = "";
  for await (const bytes of runtime.output(name)) {
    seen += Buffer.from(bytes).toString();
    if (seen.includes(text)) return;
  }
}

test("neither input nor values of variables are among any program's words, and files are the owner's", async () => {
  const runtime = open();
  const spec = shell(name, 'cat; echo " and $VALUE"; sleep 1', { environment: { VALUE: "variable-secret" } });
  await runtime.create(spec);
  await runtime.start(name, "input-secret");
  const processes = execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" });
  expect(processes).toContain(name);
  for (const text of [processes, JSON.stringify(place.calls())])
    expect(text).not.toMatch(/(input|variable)-secret/);
  expect(await readAll(runtime)).toBe("input-secret and variable-secret\n");
  expect(statSync(place.records).mode & 0o777).toBe(0o700);
  const modes = readdirSync(place.records).map((file) => statSync(join(place.records, file)).mode & 0o777);
  expect(modes).toEqual(modes.map(() => 0o600));
  await runtime.remove(name);
  expect(readdirSync(place.records)).toEqual([]);
});

test("output is kept to the byte: empty lines, and what is no text", async () => {
  const runtime = open();
  await runtime.create(shell(name, "printf '\\n\\none\\n\\n\\377\\376 two\\n\\n'"));
  await runtime.start(name, "");
  const parts: Uint8Array[] = [];
  for await (const bytes of runtime.output(name)) parts.push(bytes);
  expect(Buffer.concat(parts).toString("latin1")).toBe("\n\none\n\n\xff\xfe two\n\n");
});

describe("after a restart of the caller", () => {
  test("the end, the exit code and the output are known, though nobody was there", async () => {
    await open().create(shell(name, "echo before; sleep 1; echo after; exit 5"));
    await open().start(name, "");
    const adopting = open();
    const [job] = await adopting.list("ai.plan42.test", name);
    expect(job?.phase).toBe("running");
    expect(await adopting.wait(name)).toEqual({ exitCode: 5, outOfMemory: false });
    expect(await readAll(open())).toBe("before\nafter\n");
  });

  test("a lost record is told as an end without an exit code, with what the services have of the output", async () => {
    const runtime = open();
    await runtime.create(shell(name, "echo before; sleep 3; echo after"));
    await runtime.start(name, "");
    await untilOutput(runtime, "before");
    // As when the machine kills what it does not know.
    for (const processId of holders()) process.kill(processId, "SIGKILL");
    const adopting = open();
    expect((await adopting.list("ai.plan42.test", name))[0]?.phase).toBe("running");
    const output = readAll(adopting);
    expect(await adopting.wait(name)).toEqual({ exitCode: undefined, outOfMemory: false });
    expect(await output).toBe("before\nafter\n");
    expect((await adopting.list("ai.plan42.test", name))[0]?.phase).toBe("exited");
  });

  test("a program that lost the services has no exit code to tell, and the container's end is waited for", async () => {
    const runtime = open();
    await runtime.create(shell(name, "echo before; sleep 3"));
    await runtime.start(name, "");
    await untilOutput(runtime, "before");
    const [shellId, ...programs] = holders();
    expect(shellId).toBeGreaterThan(0);
    appendFileSync(join(place.records, `${name}.output`), 'Error: interrupted: "XPC connection error"\n');
    writeFileSync(join(place.records, `${name}.end`), "1\n");
    process.kill(shellId as number, "SIGKILL");
    for (const processId of programs) process.kill(processId, "SIGKILL");
    const began = Date.now();
    expect(await open().wait(name)).toEqual({ exitCode: undefined, outOfMemory: false });
    expect(Date.now() - began).toBeGreaterThan(500);
  });

  test("a number that another process has got since is not taken for the holder", async () => {
    const runtime = open();
    await runtime.create(shell(name, "sleep 30"));
    await runtime.start(name, "");
    const processes = holders();
    for (const processId of processes) process.kill(processId, "SIGKILL");
    writeFileSync(join(place.records, `${name}.process`), `${process.pid}\n`);
    await runtime.kill(name);
    expect(await runtime.wait(name)).toEqual({ exitCode: undefined, outOfMemory: false });
  });

  test("a container is started once", async () => {
    await open().create(shell(name, "exit 0"));
    await open().start(name, "");
    await open().wait(name);
    await expect(open().start(name, "")).rejects.toMatchObject({ failure: "conflict" });
  });
});

describe("a start", () => {
  test("that fails is told in the program's words", async () => {
    const runtime = open();
    await runtime.create(shell(name, "", { entrypoint: "/missing" }));
    await expect(runtime.start(name, "x")).rejects.toMatchObject({
      failure: "failed",
      message: "failed to find target executable /missing",
    });
    await expect(open().start("nothing", "")).rejects.toMatchObject({ failure: "not-found" });
  });

  test("of a program that fails at once with words like the engine's is no failed start", async () => {
    const runtime = open();
    await runtime.create(shell(name, "echo 'Error: my own'; exit 1"));
    await runtime.start(name, "");
    expect(await runtime.wait(name)).toEqual({ exitCode: 1, outOfMemory: false });
    expect(await readAll(runtime)).toBe("Error: my own\n");
  });
});

describe("the services", () => {
  const systemCalls = () => place.calls().filter(([command]) => command === "system");
  const start = ["system", "start", "--enable-kernel-install"];

  test("are started before the first call, once for all that wait", async () => {
    const runtime = open();
    const [engine] = await Promise.all([runtime.engine(), runtime.image("x"), runtime.list("a", "b")]);
    expect(engine).toEqual({ version: "1.0.0", architecture: "arm64" });
    expect(systemCalls().filter((words) => words[1] === "start")).toEqual([start]);
  });

  test("are started again when they have gone", async () => {
    const runtime = open();
    await runtime.engine();
    place.remove("services");
    await expect(runtime.list("a", "b")).rejects.toMatchObject({ failure: "unavailable" });
    await runtime.engine();
    expect(await runtime.list("a", "b")).toEqual([]);
  });

  test("are not started by those who only look", async () => {
    const runtime = open({ startServices: false });
    await expect(runtime.engine()).rejects.toMatchObject({
      failure: "unavailable",
      hint: "Start them: container system start",
    });
    expect(systemCalls()).toEqual([["system", "status"]]);
  });

  test("of a version that is too old are refused", async () => {
    place.put("version", "0.11.0");
    await expect(open().list("a", "b")).rejects.toThrow("container 0.11.0 is too old; 1.0 is the first");
  });

  test("that are not installed are unavailable", async () => {
    const runtime = createAppleRuntime({ program: "/nowhere/container", folder: place.records });
    await expect(runtime.engine()).rejects.toMatchObject({
      failure: "unavailable",
      hint: expect.stringContaining("github.com/apple/container"),
    });
  });
});

test("before macOS 26 there are no networks to list or to remove", async () => {
  place.put("old-macos");
  const runtime = open();
  expect(await runtime.listNetworks("a", "b")).toEqual([]);
  await runtime.removeNetwork("a");
  await expect(runtime.createNetwork("a", {})).rejects.toThrow("Unexpected argument");
});

test("what it cannot do is refused: another container's network, too little memory, an image of a tar file", async () => {
  const runtime = open();
  const network = { kind: "container", name: "other" } as const;
  await expect(runtime.create(shell(name, "", { network }))).rejects.toThrow(
    "cannot join another one's network",
  );
  const limits = { cpus: 1, memoryBytes: 2 ** 26, processes: 1 };
  await expect(runtime.create(shell(name, "", { limits }))).rejects.toThrow("minimum memory amount");
  await expect(runtime.importImage("x:1", new Uint8Array())).rejects.toMatchObject({ failure: "failed" });
});

test("images are told of, and removed without a word if they are not there", async () => {
  const runtime = open();
  const { image } = shell(name, "");
  expect(await runtime.image(image)).toEqual({
    id: "sha256:1111",
    labels: { "ai.plan42.logs": "stdout" },
    bytes: 4096,
  });
  await runtime.pull(image);
  await runtime.removeImage(image);
  await runtime.removeImage(image);
  expect(await runtime.image(image)).toBeUndefined();
});

test("stop ends what does not heed it, when its time is over", async () => {
  const runtime = open();
  await runtime.create(shell(name, scripts.stubborn));
  await runtime.start(name, "");
  await untilOutput(runtime, "sleeping");
  await runtime.stop(name, 0.2);
  expect(place.calls()).toContainEqual(["stop", "--time", "1", name]);
  expect(await runtime.wait(name)).toEqual({ exitCode: 137, outOfMemory: false });
});

test("a job runs, is found and followed by another daemon, and leaves nothing behind", async () => {
  name = `plan42-${randomUUID()}-1`;
  const daemon = () =>
    createJobContainers({
      runtime: open(),
      runnerId: "r",
      installation: "here",
      network: "default",
      extraHosts: ["host.docker.internal:host-gateway"],
      logBytes: 1e6,
    });
  const program = {
    image: shell(name, "").image,
    entrypoint: "/bin/sh",
    arguments: ["-c", "cat; sleep 1; echo ' and out'; exit 4"],
    input: "in",
    limits: { cpus: 0.5, memoryBytes: 2 ** 28, processes: 32 },
    readOnlyRoot: true,
  };
  const jobs = daemon();
  const allowedHosts = [{ host: "example.com", port: 443 }];
  await expect(jobs.openNetwork(name, { allowedHosts })).rejects.toThrow("cannot be limited");
  await jobs.create(name, program, await jobs.openNetwork(name));
  await jobs.start(name, program);
  const next = daemon();
  expect(await next.list()).toMatchObject([{ jobId: name, phase: "running" }]);
  let output = "";
  const onOutput = async (bytes: Uint8Array) => {
    output += Buffer.from(bytes);
  };
  expect(await next.follow(name, { onOutput })).toEqual({ exitCode: 4, outOfMemory: false });
  expect(output).toBe("in and out\n");
  expect(await next.clearOrphans(() => false)).toEqual({ removed: [name], foreign: [] });
  expect(await next.list()).toEqual([]);
  expect(await next.follow(name, { onOutput })).toBe("lost");
  expect(readdirSync(place.records)).toEqual([]);
});
