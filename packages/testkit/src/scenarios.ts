import { type AnswerDraft, callOf, type Facts } from "./answer.ts";
import type { Delivery } from "./delivery.ts";

/** What a model name of the form `scenario-<name>[-<number>]` asks for. */
export interface Scenario {
  readonly draft?: (facts: Facts) => AnswerDraft;
  readonly delivery?: Delivery;
}

type Maker = (number: number | undefined) => Scenario;

const unicodeText = 'Grüße, 世界! 👩‍🚀🏳️‍🌈 \u2028 ñ é "quoted" back\\slash';

/** Every scenario, by name. A number after the name is the count, status or milliseconds that it needs. */
const makers: Readonly<Record<string, Maker>> = {
  /** Calls the first tool. */
  tool: () => ({ draft: (facts) => toolTurn(facts, 1) }),
  /** Calls the first tool two times in one turn (or as often as the number says). */
  "tool-parallel": (count) => ({ draft: (facts) => toolTurn(facts, count ?? 2) }),
  /** Text before the tool call. */
  "tool-text": () => ({ draft: (facts) => ({ ...toolTurn(facts, 1), text: "I will look that up." }) }),
  unicode: () => ({ draft: () => ({ text: unicodeText }) }),
  empty: () => ({ draft: () => ({ text: "" }) }),
  /** As many words as the number says. */
  long: (count) => ({ draft: () => ({ text: "word ".repeat(count ?? 1000).trimEnd() }) }),
  /** As many words of a thousand letters as the number says. */
  bulk: (count) => ({ draft: () => ({ text: longWords(1000, count) }) }),
  /** As many words of four thousand letters as the number says. */
  vast: (count) => ({ draft: () => ({ text: longWords(4000, count) }) }),
  refusal: () => ({ draft: () => ({ text: "I can't help with that.", stop: "refusal" }) }),
  /** Refuses without a word, as a filter before the model does. */
  blocked: () => ({ draft: () => ({ text: "", stop: "refusal" }) }),
  reasoning: () => ({
    draft: (facts) => ({ reasoning: "Let me think it over.", text: `Echo: ${facts.lastUserText}` }),
  }),
  /** Reports part of the input as read from a cache, part as written to it. */
  cached: () => ({
    draft: (facts) => ({
      text: `Echo: ${facts.lastUserText}`,
      usage: { input: 1200, cachedInput: 1000, cacheWrite: 100 },
    }),
  }),
  /** Waits before the status line. */
  slow: (milliseconds) => ({ delivery: { beforeHeadMs: milliseconds ?? 1000 } }),
  /** Sends the head at once, then waits before the first chunk. */
  "slow-first-chunk": (milliseconds) => ({ delivery: { beforeFirstChunkMs: milliseconds ?? 1000 } }),
  /** Waits between chunks. */
  paced: (milliseconds) => ({
    draft: () => ({ text: "word ".repeat(50).trimEnd() }),
    delivery: { betweenChunksMs: milliseconds ?? 20 },
  }),
  /** Refuses with the status. */
  error: (status) => ({ delivery: { status: status ?? 500 } }),
  /** 429 that asks for a pause of so many seconds. */
  "rate-limit": (seconds) => ({
    delivery: { status: 429, retryAfter: seconds ?? 7 },
  }),
  /** A load balancer's page instead of the service's error. */
  "error-html": (status) => ({
    delivery: {
      status: status ?? 502,
      rawBody: { type: "text/html", text: "<html><h1>Bad Gateway</h1></html>" },
    },
  }),
  /** Drops the connection after so many chunks. */
  cut: (chunks) => ({ delivery: { after: { chunks: chunks ?? 3, fault: "cut" } } }),
  /** Ends the body cleanly after so many chunks, without the closing events. */
  "end-early": (chunks) => ({ delivery: { after: { chunks: chunks ?? 3, fault: "end" } } }),
  /** Sends nothing more after so many chunks and keeps the connection. */
  stall: (chunks) => ({ delivery: { after: { chunks: chunks ?? 3, fault: "stall" } } }),
  /** Sends an event that is not JSON after so many chunks, then goes on. */
  malformed: (chunks) => ({ delivery: { after: { chunks: chunks ?? 3, fault: "malformed" } } }),
  /** Sends the service's error event after so many chunks, then ends. */
  "stream-error": (chunks) => ({ delivery: { after: { chunks: chunks ?? 3, fault: "error" } } }),
  /** Writes the body in pieces of so many bytes, wherever they fall. */
  split: (bytes) => ({ draft: () => ({ text: unicodeText }), delivery: { pieceBytes: bytes ?? 1 } }),
};

/**
 * The scenario that a model name asks for; undefined for an ordinary model. An unknown name is no scenario.
 * What comes before `scenario-`, as in `gpt-5-scenario-tool`, says by which model's rules the request goes.
 */
export function findScenario(model: string): Scenario | undefined {
  const name = /(?:^|[-.:])scenario-(.+)$/.exec(model)?.[1];
  if (name === undefined) return undefined;
  const numbered = /^(.+)-(\d+)$/.exec(name);
  const exact = makers[name];
  if (exact) return exact(undefined);
  const maker = numbered?.[1] === undefined ? undefined : makers[numbered[1]];
  return maker?.(Number(numbered?.[2]));
}

/** The names after `scenario-`. */
export function scenarioNames(): string[] {
  return Object.keys(makers);
}

function toolTurn(facts: Facts, count: number): AnswerDraft {
  if (facts.toolResults.length > 0) {
    return { text: `Tool results: ${facts.toolResults.map((result) => result.text).join("; ")}` };
  }
  const tool = facts.tools[0];
  if (!tool || facts.toolChoice === "none") return { text: `Echo: ${facts.lastUserText}` };
  const cities = ["Zürich", "東京", "São Paulo"];
  const toolCalls = Array.from({ length: count }, (_, position) => {
    const city = cities[position % cities.length] ?? "";
    const written = JSON.stringify({ city, note: `call ${position + 1} of "${count}"` });
    return callOf(tool, tool.kind === "custom" ? city : written);
  });
  return { text: "", toolCalls };
}

/** So many words of so many letters. */
function longWords(letters: number, count = 1000): string {
  return `${"w".repeat(letters)} `.repeat(count).trimEnd();
}
