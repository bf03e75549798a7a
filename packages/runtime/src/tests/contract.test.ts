import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createImagePuller } from "../pull.ts";
import type { Runtime } from "../runtime.ts";
import { clearRuntimes, runtimes, scripts, shell } from "./runtimes.ts";

afterAll(clearRuntimes);

describe.each(runtimes)("$name", ({ make, hasEngine, isReal, hasInit, tellsMemory }) => {
  const inUse: { runtime: Runtime; name: string }[] = [];
  const fresh = async () => {
    const runtime = await (make as () => Promise<Runtime>)();
    const name = `plan42-test-${randomUUID()}`;
    inUse.push({ runtime, name });
    return { runtime, name };
  };
  afterEach(async () => {
    for (const { runtime, name } of inUse.splice(0)) {
      await runtime.remove(name);
      await runtime.removeNetwork(name);
    }
  });

  describe.runIf(make !== undefined)("a container", () => {
    test("gets its input, ends with its code, and keeps its output until it is removed", async () => {
      const { runtime, name } = await fresh();
      const input = "grüße\n".repeat(40_000);
      await runtime.create(shell(name, scripts.echo));
      expect(await phaseOf(runtime, name)).toBe("created");
      await runtime.start(name, input);
      const error = " and an error\n";
      // The two streams may meet in the middle of a line.
      expect((await readAll(runtime, name)).replace(error, "") === input).toBe(true);
      expect(await runtime.wait(name)).toEqual({ exitCode: 3, outOfMemory: false });
      expect(await phaseOf(runtime, name)).toBe("exited");
      expect((await readAll(runtime, name)).length).toBe(`${input}${error}`.length);
      await runtime.remove(name);
      expect(await phaseOf(runtime, name)).toBeUndefined();
    });

    test("starts at most once under a name", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, scripts.sleep));
      await expect(runtime.create(shell(name, scripts.sleep))).rejects.toMatchObject({ failure: "conflict" });
    });

    test("may end on stop, with a code of its own", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, scripts.sleep));
      await runtime.start(name, "");
      await untilOutput(runtime, name, "sleeping");
      expect(await phaseOf(runtime, name)).toBe("running");
      await runtime.stop(name, 20);
      expect(await runtime.wait(name)).toEqual({ exitCode: 7, outOfMemory: false });
      expect(await readAll(runtime, name)).toBe("sleeping\nstopping\n");
    });

    test.runIf(hasInit)("is stopped though its program knows nothing of signals", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, scripts.plain));
      await runtime.start(name, "");
      await untilOutput(runtime, name, "sleeping");
      await runtime.stop(name, 20);
      expect(await runtime.wait(name)).toEqual({ exitCode: 143, outOfMemory: false });
    });

    test("is killed when it does not stop in time", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, scripts.stubborn));
      await runtime.start(name, "");
      await untilOutput(runtime, name, "sleeping");
      const waiting = runtime.wait(name);
      await runtime.stop(name, 1);
      expect(await waiting).toEqual({ exitCode: 137, outOfMemory: false });
    });

    test("is not missed by kill, stop and remove when it is gone", async () => {
      const { runtime, name } = await fresh();
      await runtime.stop(name, 1);
      await runtime.kill(name);
      await runtime.remove(name);
      await runtime.removeNetwork(name);
      await expect(runtime.wait(name)).rejects.toMatchObject({ failure: "not-found" });
      await expect(readAll(runtime, name)).rejects.toMatchObject({ failure: "not-found" });
    });

    test("can be stopped and killed after its end", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, "exit 0"));
      await runtime.start(name, "");
      await runtime.wait(name);
      await runtime.stop(name, 1);
      await runtime.kill(name);
    });

    test("is found by its label by another caller, who may follow it too", async () => {
      const { runtime, name } = await fresh();
      const other = hasEngine ? (await fresh()).runtime : runtime;
      await runtime.create(shell(name, scripts.sleep));
      await runtime.start(name, "");
      const [found] = await other.list("ai.plan42.test", name);
      expect(found).toMatchObject({ name, phase: "running", labels: { "ai.plan42.test": name } });
      await untilOutput(other, name, "sleeping");
      const [first, second] = [other.wait(name), runtime.wait(name)];
      await other.kill(name);
      expect([await first, await second].map(({ exitCode }) => exitCode)).toEqual([137, 137]);
    });

    test("tells what it uses while it runs", async () => {
      const { runtime, name } = await fresh();
      expect(await runtime.stats(name)).toBeUndefined();
      await runtime.create(shell(name, scripts.sleep));
      expect(await runtime.stats(name)).toBeUndefined();
      await runtime.start(name, "");
      await untilOutput(runtime, name, "sleeping");
      const { processorSeconds = 0, memoryBytes = 0 } = (await runtime.stats(name)) ?? {};
      expect(processorSeconds).toBeGreaterThan(0);
      expect(processorSeconds).toBeLessThan(60);
      expect(memoryBytes).toBeGreaterThan(10_000);
      expect(memoryBytes).toBeLessThan(64 * 1024 * 1024);
      await runtime.kill(name);
      await runtime.wait(name);
      expect(await runtime.stats(name)).toBeUndefined();
    });

    test("can be waited for and followed only until the signal aborts", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, scripts.sleep));
      await runtime.start(name, "");
      const reason = new Error("enough");
      const abort = new AbortController();
      const ends = Promise.allSettled([
        runtime.wait(name, abort.signal),
        untilOutput(runtime, name, "never", abort.signal),
      ]);
      setTimeout(() => abort.abort(reason), 300);
      expect(await ends).toEqual([
        { status: "rejected", reason },
        { status: "rejected", reason },
      ]);
      expect(await phaseOf(runtime, name)).toBe("running");
    });
  });

  describe.runIf(make !== undefined)("an image", () => {
    test("that is nowhere is undefined, and cannot be run or pulled", async () => {
      const { runtime, name } = await fresh();
      const image = "127.0.0.1:9/nowhere/nothing:1";
      expect(await runtime.image(image)).toBeUndefined();
      await expect(runtime.create(shell(name, "exit 0", { image }))).rejects.toMatchObject({
        failure: "not-found",
      });
      const puller = createImagePuller(runtime);
      await expect(puller.ensure(image, { policy: "never" })).rejects.toThrow("not on this machine");
      await expect(runtime.pull(image)).rejects.toMatchObject({
        failure: hasEngine ? "registry-unreachable" : "failed",
      });
    });
  });

  describe.runIf(make !== undefined)("a network", () => {
    test("is made once, found by its label, and removed once", async () => {
      const { runtime, name } = await fresh();
      const labels = { "ai.plan42.test": name };
      await runtime.createNetwork(name, labels);
      await runtime.createNetwork(name, labels);
      expect(await runtime.listNetworks("ai.plan42.test", name)).toEqual([name]);
      await runtime.removeNetwork(name);
      await runtime.removeNetwork(name);
      expect(await runtime.listNetworks("ai.plan42.test", name)).toEqual([]);
    });
  });

  describe.runIf(make !== undefined && isReal)("the kernel", () => {
    test("ends a container that takes too much memory, and that is told", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, "exec tail -c 400000000 /dev/zero"));
      await runtime.start(name, "");
      expect(await runtime.wait(name)).toEqual({ exitCode: 137, outOfMemory: tellsMemory });
      expect(existsSync("oom")).toBe(false);
    });

    test("refuses more processes than allowed", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, "for i in $(seq 60); do sleep 5 & done; echo started"));
      await runtime.start(name, "");
      expect(await readAll(runtime, name)).toMatch(/can't fork|Resource temporarily unavailable/);
    });

    test("lets a container with a read-only root write to /tmp alone", async () => {
      const { runtime, name } = await fresh();
      const script =
        "exec 2>/dev/null; for one in / /bin /etc /tmp; do echo x >$one/file && echo wrote $one; done";
      await runtime.create(shell(name, script, { readOnlyRoot: true }));
      await runtime.start(name, "");
      expect(await readAll(runtime, name)).toBe("wrote /tmp\n");
    });

    test("gives a container no more of the processors than allowed", async () => {
      const { runtime, name } = await fresh();
      const places = ["cpu/cpu.cfs_quota_us", "cpu,cpuacct/cpu.cfs_quota_us", "cpu.max"];
      const script = `cat ${places.map((path) => `/sys/fs/cgroup/${path}`).join(" ")} 2>/dev/null; exit 0`;
      await runtime.create(shell(name, script));
      await runtime.start(name, "");
      expect(await readAll(runtime, name)).toMatch(/^50000\b/);
    });

    test("grants no capabilities and no new privileges", async () => {
      const { runtime, name } = await fresh();
      await runtime.create(shell(name, "grep -E 'Cap(Eff|Bnd|Prm)|NoNewPrivs' /proc/self/status"));
      await runtime.start(name, "");
      const status = await readAll(runtime, name);
      expect(status.match(/Cap\w+:\s+0{16}/g)).toHaveLength(3);
      expect(status).toMatch(/NoNewPrivs:\s+1/);
    });
  });
});

async function phaseOf(runtime: Runtime, name: string) {
  return (await runtime.list("ai.plan42.test", name)).find((one) => one.name === name)?.phase;
}

async function readAll(runtime: Runtime, name: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of runtime.output(name)) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

async function untilOutput(
  runtime: Runtime,
  name: string,
  text: string,
  signal?: AbortSignal,
): Promise<void> {
  let seen = "";
  for await (const bytes of runtime.output(name, signal)) {
    seen += Buffer.from(bytes).toString();
    if (seen.includes(text)) return;
  }
}
