import { jsonInstance } from "./json-instance.ts";
import { countTokens, splitTokens } from "./tokens.ts";

/** A tool as a request offers it. */
interface OfferedTool {
  readonly name: string;
  /** `custom` takes free text (Responses only). */
  readonly kind: "function" | "custom";
  /** JSON schema of the arguments. */
  readonly schema?: unknown;
  /** The group that the tool belongs to (Responses only). */
  readonly namespace?: string;
}

/** What a request says, whichever API it came in. */
export interface Facts {
  readonly model: string;
  readonly stream: boolean;
  readonly lastUserText: string;
  readonly imageCount: number;
  readonly tools: readonly OfferedTool[];
  readonly toolChoice: "auto" | "none" | "required" | { readonly name: string };
  readonly parallelToolCalls: boolean;
  /** Results that end the conversation; empty when the last turn is the user's. */
  readonly toolResults: readonly { readonly id: string; readonly text: string; readonly isError: boolean }[];
  readonly stopSequences: readonly string[];
  readonly maxOutputTokens: number | undefined;
  readonly inputTokens: number;
  /** True when the client asked for visible reasoning. */
  readonly reasoning: boolean;
  /** Set when the text must be JSON; the schema it must fit, if there is one. */
  readonly json?: { readonly schema?: unknown } | undefined;
}

export interface ToolCall {
  readonly name: string;
  readonly kind: "function" | "custom";
  /** JSON text, or free text for a custom tool. */
  readonly arguments: string;
  readonly namespace?: string;
}

/** Token counts. `cachedInput` and `cacheWrite` are part of `input`, `reasoning` is part of `output`. */
export interface Usage {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

export interface Answer {
  readonly reasoning: string;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly stop: "end" | "length" | "tools" | "stop-sequence" | "refusal";
  readonly stopSequence: string | null;
  readonly usage: Usage;
}

/** What a handler may say of an answer; the rest follows from the request. */
export type AnswerDraft = Partial<Omit<Answer, "usage">> & { readonly usage?: Partial<Usage> };

/**
 * Answers as a very literal model would: it echoes the last user text, reports tool results, and calls the
 * tools that the user text names, with the JSON object that follows the name as arguments.
 */
export function draftAnswer(facts: Facts): AnswerDraft {
  if (facts.toolResults.length > 0) {
    const results = facts.toolResults.map((result) =>
      result.isError ? `failed: ${result.text}` : result.text,
    );
    return { text: `Tool results: ${results.join("; ")}` };
  }
  const toolCalls = namedToolCalls(facts);
  if (toolCalls.length > 0) return { text: "", toolCalls };
  if (facts.json) return { text: JSON.stringify(jsonInstance(facts.json.schema, facts.lastUserText)) };
  const images = facts.imageCount > 0 ? ` [images: ${facts.imageCount}]` : "";
  return { text: `Echo: ${facts.lastUserText}${images}` };
}

const usualReasoning = "Let me think it over.";

/** Fills in a draft: applies stop sequences and the token limit, counts usage. */
export function completeAnswer(draft: AnswerDraft, facts: Facts): Answer {
  const reasoning = draft.reasoning ?? (facts.reasoning ? usualReasoning : "");
  const toolCalls = draft.toolCalls ?? [];
  let text = draft.text ?? "";
  let stop = draft.stop ?? (toolCalls.length > 0 ? "tools" : "end");
  let stopSequence = draft.stopSequence ?? null;

  const hit = facts.stopSequences
    .map((sequence) => ({ sequence, at: text.indexOf(sequence) }))
    .filter(({ at }) => at >= 0)
    .sort((left, right) => left.at - right.at)[0];
  if (hit && draft.stop === undefined) {
    text = text.slice(0, hit.at);
    stop = "stop-sequence";
    stopSequence = hit.sequence;
  }
  const tokens = splitTokens(text);
  if (facts.maxOutputTokens !== undefined && tokens.length > facts.maxOutputTokens) {
    text = tokens.slice(0, facts.maxOutputTokens).join("");
    stop = "length";
    stopSequence = null;
  }
  const reasoningTokens = countTokens(reasoning);
  const callTokens = toolCalls.reduce(
    (sum, call) => sum + countTokens(call.name) + countTokens(call.arguments),
    0,
  );
  return {
    reasoning,
    text,
    toolCalls,
    stop,
    stopSequence,
    usage: {
      input: facts.inputTokens,
      cachedInput: 0,
      cacheWrite: 0,
      output: Math.max(1, countTokens(text) + callTokens + reasoningTokens),
      reasoning: reasoningTokens,
      ...draft.usage,
    },
  };
}

function namedToolCalls(facts: Facts): ToolCall[] {
  if (facts.toolChoice === "none") return [];
  const mentioned = mentionedCalls(facts);
  const forcedName = typeof facts.toolChoice === "object" ? facts.toolChoice.name : undefined;
  if (forcedName !== undefined) {
    const named = mentioned.filter((call) => call.name === forcedName);
    return named.length > 0 ? named.slice(0, 1) : firstTool(facts, forcedName);
  }
  if (mentioned.length === 0 && facts.toolChoice === "required") return firstTool(facts, undefined);
  return facts.parallelToolCalls ? mentioned : mentioned.slice(0, 1);
}

function firstTool(facts: Facts, name: string | undefined): ToolCall[] {
  const tool = facts.tools.find((candidate) => name === undefined || candidate.name === name);
  if (!tool) return [];
  const written =
    tool.kind === "custom"
      ? facts.lastUserText
      : JSON.stringify(jsonInstance(tool.schema ?? {}, facts.lastUserText));
  return [callOf(tool, written)];
}

/** A call of an offered tool. */
export function callOf(tool: OfferedTool, written: string): ToolCall {
  const { name, kind, namespace } = tool;
  return { name, kind, arguments: written, ...(namespace !== undefined && { namespace }) };
}

function mentionedCalls(facts: Facts): ToolCall[] {
  const text = facts.lastUserText;
  const found: { at: number; call: ToolCall }[] = [];
  for (const tool of facts.tools) {
    let at = text.indexOf(tool.name);
    while (at >= 0) {
      const end = at + tool.name.length;
      if (!isNameCharacter(text[at - 1]) && !isNameCharacter(text[end])) {
        const given = objectAfter(text, end);
        const fallback = tool.kind === "custom" ? text.slice(end).trim() : "{}";
        found.push({ at, call: callOf(tool, given ?? fallback) });
      }
      at = text.indexOf(tool.name, end);
    }
  }
  return found.sort((left, right) => left.at - right.at).map(({ call }) => call);
}

function isNameCharacter(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z0-9_-]/.test(character);
}

/** The JSON object that starts right after a position (blanks between are fine), as written. */
function objectAfter(text: string, position: number): string | undefined {
  const start = position + (/^\s*/.exec(text.slice(position))?.[0].length ?? 0);
  if (text[start] !== "{") return undefined;
  for (let end = text.indexOf("}", start); end >= 0; end = text.indexOf("}", end + 1)) {
    const candidate = text.slice(start, end + 1);
    try {
      JSON.parse(candidate);
      return candidate;
    } catch {
      // Not closed yet: a brace inside a nested object or a string.
    }
  }
  return undefined;
}
