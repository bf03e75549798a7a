import { createClient, openTurn, type Transport } from "@plano/client";
import type { FakeProgram } from "@plano/runtime";
import { pauseFor } from "@plano/waiting";
import type { Chance } from "./day-chance.ts";

const minute = 60_000;
/** Agents write a line this often, but for those that are mute. */
const lineMilliseconds = 5 * minute;

/** What an agent does, and how often that is. */
const agentKinds = {
  /** Ends its turn, then itself. */
  reports: 55,
  /** Ends its turn, and goes on until it is stopped. */
  lingers: 6,
  /** Ends well and has told nobody. */
  forgets: 8,
  fails: 14,
  "runs out of memory": 6,
  /** Works until it is stopped. */
  "never ends": 3,
  /** The same, and does not listen when it is asked to end. */
  stubborn: 2,
  /** Works and writes nothing. */
  mute: 4,
};

/** What the day's agents have done. */
export interface Agents {
  /** Takes the job's id from its container. */
  readonly program: FakeProgram;
  /** How often each job's agent has begun. */
  readonly begun: ReadonlyMap<string, number>;
  /** Jobs whose agent has wanted to end its turn. */
  readonly completed: ReadonlySet<string>;
}

export function createAgents(url: string, transport: Transport, chance: Chance): Agents {
  const begun = new Map<string, number>();
  const completed = new Set<string>();
  const program: FakeProgram = async ({ input, spec, write, signal }) => {
    const jobId = spec.name;
    begun.set(jobId, (begun.get(jobId) ?? 0) + 1);
    const kind = chance.pick(agentKinds);
    const isEndless = kind === "never ends" || kind === "stubborn" || kind === "mute";
    const length = isEndless ? Number.POSITIVE_INFINITY : chance.between(1_000, 120 * minute);
    const end = Math.ceil(Date.now() + length);
    const work = async (until: number) => {
      while (!signal.aborted && Date.now() < until) {
        if (kind !== "mute") write(`${kind}: a line of the log\n`);
        await pauseFor(Math.min(lineMilliseconds, until - Date.now()), signal);
      }
    };
    const report = async () => {
      const { Turn: turn, AgentToken: token } = JSON.parse(input);
      const session = openTurn(createClient({ url, token, transport }), turn);
      const body = {
        Status: "Completed",
        OutputMessage: "done",
        CompletedAt: new Date().toISOString(),
      };
      const attempts = Number.POSITIVE_INFINITY;
      // Its answer may be lost.
      completed.add(jobId);
      await session.update(body, { attempts, signal });
    };
    await work(end);
    if (kind === "stubborn") await new Promise((resolve) => setTimeout(resolve, minute));
    if (signal.aborted) return 143;
    switch (kind) {
      case "reports":
        await report();
        return 0;
      case "lingers":
        await report();
        await work(Number.POSITIVE_INFINITY);
        return 143;
      case "fails":
        return 1 + Math.floor(chance.next() * 120);
      case "runs out of memory":
        return { exitCode: 137, outOfMemory: true };
      default:
        return 0;
    }
  };
  return { program, begun, completed };
}
