import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { prepareInvocation } from "@plano/plan42-testkit";
import { type FakeProgram, RuntimeError } from "@plano/runtime";
import { afterEach, expect, type TestContext, test, vi } from "vitest";
import { agentImage, openWorkplace, type Workplace } from "./workplace.ts";

const wait = { timeout: 15_000, interval: 20 };
const noSpace = "no space left on the device";

/** A runner whose state is on a disk of its own, which is small. */
interface SmallDisk {
  readonly place: Workplace;
  readonly journal: string;
  /** Leaves not one byte. */
  fill(): void;
  /** Takes away what `fill` has put there. */
  free(): void;
}

let close = async () => {};
afterEach(() => close());

async function openSmallDisk(context: TestContext, agent: FakeProgram): Promise<SmallDisk> {
  const place = await openWorkplace({ agent });
  const state = join(place.folder, ".local/state/plan42-runner");
  mkdirSync(state, { recursive: true });
  close = async () => {
    await place.close();
    expect(place.service.violations).toEqual([]);
  };
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", state], { stdio: "ignore" });
  } catch {
    context.skip("a small disk cannot be mounted here: that needs root and CAP_SYS_ADMIN");
  }
  const closePlace = close;
  close = async () => {
    execFileSync("umount", ["--lazy", state]);
    await closePlace();
  };
  const filler = join(state, "filler");
  return {
    place,
    journal: join(state, "journal"),
    fill: () => {
      const file = openSync(filler, "a");
      try {
        for (const block = Buffer.alloc(4096); ; ) if (writeSync(file, block) < block.length) break;
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOSPC" });
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler),
  };
}

/** Every record is whole, and nothing else is there. */
function expectWhole(journal: string): void {
  for (const name of readdirSync(journal)) {
    expect(name).toMatch(/\.(json|done)$/);
    if (name.endsWith(".json"))
      expect(JSON.parse(readFileSync(join(journal, name), "utf8"))).toHaveProperty("turn");
  }
}

test("a disk that fills up under a job ends neither the job nor the runner, and refuses others in words", async (context) => {
  const go = Promise.withResolvers<void>();
  const { place, journal, fill, free } = await openSmallDisk(context, async ({ write }) => {
    for (let count = 0; count < 64; count += 1) write(`${"x".repeat(16_383)}\n`);
    await go.promise;
    write("the end\n");
    return 5;
  });
  await place.start();
  const first = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(first.message);
  await vi.waitFor(() => expect(JSON.stringify(place.log)).toContain("a job's log cannot be written"), wait);
  fill();
  const second = prepareInvocation(place.service, { image: agentImage });
  expect((await place.service.send(second.message)).ErrorMessage).toBe(
    `the runner cannot write its journal: ${noSpace}`,
  );
  expectWhole(journal);
  expect(await place.service.send({ Type: "PingRequest" })).toEqual({ Type: "PingResponse" });
  go.resolve();
  await vi.waitFor(() => expect(first.record.turn.Status).toBe("Failed"), wait);
  expect(first.record.turn.ErrorMessage).toMatch(/^agent exited with code 5\n[\s\S]*the end$/);
  await vi.waitFor(() => expect(place.runner.status().jobs).toEqual([]), wait);
  expectWhole(journal);

  // With room again, the same runner takes the same job.
  rmSync(place.jobLog(first.jobId));
  free();
  expect((await place.service.send(second.message)).ErrorMessage).toBeNull();
  await vi.waitFor(() => expect(second.record.turn.Status).toBe("Failed"), wait);
  expect(second.record.turn.ErrorMessage).toMatch(/^agent exited with code 5\n/);
});

test("a job that finds the disk full before it has begun fails with the reason, and never runs", async (context) => {
  let runs = 0;
  const { place, fill } = await openSmallDisk(context, async () => {
    runs += 1;
    return 0;
  });
  await place.start();
  place.runtime.failPulls(new RuntimeError("i/o timeout", { failure: "registry-unreachable" }));
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  expect((await place.service.send(message)).ErrorMessage).toBeNull();
  // The pull is tried again after a second.
  await vi.waitFor(() => expect(place.runtime.calls).toContain(`pull ${agentImage}`), wait);
  fill();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toBe(`the runner cannot write its journal: ${noSpace}`);
  expect(runs).toBe(0);
  expect(await place.runtime.list("ai.plan42.runner", place.service.runnerId)).toEqual([]);
});

test("on a full disk a job can be stopped, and is adopted by the next runner", async (context) => {
  const stopped = Promise.withResolvers<void>();
  const { place, journal, fill } = await openSmallDisk(context, async ({ write, signal }) => {
    write("begin\n");
    signal.addEventListener("abort", () => stopped.resolve());
    await stopped.promise;
    return 143;
  });
  const first = await place.start();
  const { record, message, jobId } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  await vi.waitFor(() => expect(existsSync(place.jobLog(jobId))).toBe(true), wait);
  fill();
  expect(await first.shutdown(AbortSignal.abort())).toBe("forced");
  expectWhole(journal);

  await place.start();
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  place.config = { ...place.config, jobTimeout: 1 };
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toBe("timed out after 0.001 s\nbegin");
  await vi.waitFor(() => expect(place.runner.status().jobs).toEqual([]), wait);
});
