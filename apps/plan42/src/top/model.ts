// Every change of the screen: a pure function from what is shown and what happens to what is shown then.
import { stripVTControlCharacters } from "node:util";
import { showControls } from "@plano/terminal";
import { findJob } from "./describe.ts";
import { helpKeys } from "./help-keys.ts";
import type { Action, Effect, Key, OpenLog, TopState } from "./state.ts";

type Step = readonly [state: TopState, effects: readonly Effect[]];

const pageLines = 10;
const keptLines = 1_000;
const keptCharacters = 2_000;

export function update(state: TopState, action: Action): Step {
  switch (action.type) {
    case "sampled": {
      const { sample } = action;
      const wasThere = state.sample !== undefined;
      const chosen = findJob(sample, state.chosen)?.jobId ?? neighbour(state, action.sample);
      const asked = findJob(sample, state.asked)?.jobId;
      const notice = sample !== undefined && !wasThere ? undefined : state.notice;
      return [{ ...state, sample, chosen, asked, notice }, []];
    }
    case "failed":
      return [{ ...state, notice: { text: action.message, isError: true } }, []];
    case "log-text": {
      const { log } = state;
      if (log?.jobId !== action.jobId) return [state, []];
      return [{ ...state, log: withText(log, action.text) }, []];
    }
    case "killed": {
      const text = action.isThere
        ? `${action.jobId} is killed, and its turn fails`
        : `${action.jobId} had ended already`;
      return [{ ...state, notice: { text, isError: false } }, []];
    }
    case "key":
      return pressed({ ...state, notice: undefined }, action.key);
  }
}

function pressed(state: TopState, key: Key): Step {
  const { asked, log, chosen } = state;
  if (key === "quit" || key === "suspend") return [state, [{ type: key }]];
  if (state.helpLine !== undefined) {
    const helpLine = isMove(key) ? placeAfter(state.helpLine, key, helpKeys.length) : undefined;
    return [{ ...state, helpLine }, []];
  }
  if (asked !== undefined) {
    return [{ ...state, asked: undefined }, key === "yes" ? [{ type: "kill", jobId: asked }] : []];
  }
  switch (key) {
    case "help":
      return [{ ...state, helpLine: 0 }, []];
    case "kill":
      return [{ ...state, asked: findJob(state.sample, log?.jobId ?? chosen)?.jobId }, []];
    case "back":
      if (log === undefined) return [state, [{ type: "quit" }]];
      return [{ ...state, log: undefined }, [{ type: "leave-log" }]];
    case "log":
      if (log !== undefined || chosen === undefined) return [state, []];
      return [
        { ...state, log: { jobId: chosen, lines: [], rest: "", below: 0 } },
        [{ type: "follow-log", jobId: chosen }],
      ];
    default:
      return [
        log === undefined ? { ...state, chosen: moved(state, key) } : { ...state, log: scrolled(log, key) },
        [],
      ];
  }
}

/** The job that is chosen after a key. */
function moved({ sample, chosen }: TopState, key: Key): string | undefined {
  const jobs = sample?.jobs ?? [];
  const place = jobs.findIndex(({ jobId }) => jobId === chosen);
  const next = placeAfter(place, key, jobs.length);
  return jobs[next]?.jobId ?? chosen;
}

function scrolled(log: OpenLog, key: Key): OpenLog {
  const { lines, below } = log;
  const last = Math.max(0, lines.length - 1);
  return { ...log, below: last - placeAfter(last - below, key, lines.length) };
}

/** How far keys move in a list. */
const moves: Partial<Record<Key, number>> = {
  up: -1,
  down: 1,
  "page-up": -pageLines,
  "page-down": pageLines,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

function isMove(key: Key): boolean {
  return moves[key] !== undefined;
}

function placeAfter(place: number, key: Key, count: number): number {
  return Math.max(0, Math.min(count - 1, place + (moves[key] ?? 0)));
}

/** When the chosen job has ended: the one in its place. */
function neighbour({ sample: before, chosen }: TopState, sample: TopState["sample"]): string | undefined {
  const place = before?.jobs.findIndex(({ jobId }) => jobId === chosen) ?? 0;
  const jobs = sample?.jobs ?? [];
  return jobs[Math.max(0, Math.min(jobs.length - 1, place))]?.jobId;
}

function withText(log: OpenLog, text: string): OpenLog {
  const parts = (log.rest + text).split("\n");
  const rest = (parts.pop() ?? "").slice(0, keptCharacters);
  const lines = [...log.lines, ...parts.map(cleanLine)].slice(-keptLines);
  // Who has scrolled back goes on seeing the same lines.
  const below = log.below === 0 ? 0 : Math.min(log.below + parts.length, lines.length - 1);
  return { ...log, lines, rest, below };
}

function cleanLine(line: string): string {
  return showControls(stripVTControlCharacters(line.slice(0, keptCharacters))).replaceAll("\t", "    ");
}
