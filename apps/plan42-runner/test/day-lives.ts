import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { Transport } from "@plano/client";
import { type Runtime, RuntimeError } from "@plano/runtime";
import { sleep } from "@plano/waiting";
import type { Chance } from "./day-chance.ts";

/** What one daemon reaches the world by. When its life is over nothing is answered any more, as in a dead process. */
export interface Life {
  readonly transport: Transport;
  readonly runtime: Runtime;
  end(): void;
}

/** An engine that goes away for a while and keeps its containers, unlike one that breaks down. */
export interface Hiccup {
  isOn: boolean;
  /** Whether pulls hang. */
  holdsPulls: boolean;
}

const forever = new Promise<never>(() => {});

/** Begins a life. Its calls to the server and the engine take a little while, each another one. */
export function beginLife(transport: Transport, runtime: Runtime, hiccup: Hiccup, chance: Chance): Life {
  let isOver = false;
  const whileAlive = async <Result>(call: Promise<Result>): Promise<Result> => {
    try {
      const result = await call;
      return isOver ? await forever : result;
    } catch (error) {
      if (isOver) return await forever;
      throw error;
    }
  };
  const reach = async (signal?: AbortSignal) => {
    await sleep(chance.between(1, 200), signal);
    if (hiccup.isOn) throw new RuntimeError("the engine has the hiccups", { failure: "unavailable" });
  };
  const takingTime = new Map<string | symbol, (...input: never[]) => Promise<unknown>>([
    [
      "pull",
      async (reference: string, signal?: AbortSignal) => {
        await reach(signal);
        if (hiccup.holdsPulls) await sleep(24 * 3_600_000, signal);
        await sleep(chance.between(100, 120_000), signal);
        return await runtime.pull(reference, signal);
      },
    ],
  ]);

  return {
    transport: (request) =>
      whileAlive(sleep(chance.between(1, 50), request.signal).then(() => transport(request))),
    runtime: new Proxy(runtime, {
      get: (target, name, receiver) => {
        const member = Reflect.get(target, name, receiver);
        if (typeof member !== "function") return member;
        if (name === "output") return output;
        const call = takingTime.get(name) ?? member;
        return (...input: never[]) =>
          whileAlive(
            reach(input.find((part: unknown) => part instanceof AbortSignal)).then(() => call(...input)),
          );
      },
    }),
    end: () => {
      isOver = true;
    },
  };

  async function* output(name: string, signal?: AbortSignal) {
    await whileAlive(reach(signal));
    const pieces = runtime.output(name, signal)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await whileAlive(pieces.next());
      if (done) return;
      yield value;
    }
  }
}

/** Virtual times of a journal's files: they are written at real ones, and the journal reads these at its start. */
export interface FileTimes {
  /** Remembers when files that are new were written. */
  note(): void;
  restore(): void;
}

export function keepTimes(journal: string): FileTimes {
  const finishedAt = new Map<string, number>();
  return {
    note: () => {
      for (const name of readdirSync(journal)) {
        if (name.endsWith(".done") && !finishedAt.has(name)) finishedAt.set(name, Date.now());
      }
    },
    restore: () => {
      for (const [name, at] of finishedAt) {
        try {
          utimesSync(join(journal, name), at / 1000, at / 1000);
        } catch {
          // Forgotten after a day.
          finishedAt.delete(name);
        }
      }
    },
  };
}
