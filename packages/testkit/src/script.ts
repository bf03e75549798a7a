import type { AnswerDraft } from "./answer.ts";
import type { Handler } from "./exchange.ts";

/** One turn of a script: a tool to call, or the text to end with. */
export type ScriptStep =
  | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> | string }
  | { readonly text: string };

export interface Script {
  /** Plays the steps in order, one for each request that offers tools; leaves other requests to the usual answer. */
  readonly handler: Handler;
  /** The results that came back, oldest first, one list for each turn. */
  readonly results: readonly (readonly string[])[];
  /** How many steps were played. */
  readonly played: number;
}

/**
 * A model that follows a script, as a coding agent's would: it calls the tool that each step names. After
 * the last step it says so, and nothing more. A step whose tool is not offered answers with a text that says
 * which tools are.
 */
export function createScript(steps: readonly ScriptStep[]): Script {
  const results: string[][] = [];
  let played = 0;
  return {
    results,
    get played() {
      return played;
    },
    handler(facts) {
      if (facts.tools.length === 0) return undefined;
      if (facts.toolResults.length > 0) results.push(facts.toolResults.map(({ text }) => text));
      const step = steps[played];
      if (!step) return { draft: { text: "The script is over." } };
      played += 1;
      return { draft: play(step, facts.tools) };
    },
  };
}

function play(step: ScriptStep, tools: Parameters<Handler>[0]["tools"]): AnswerDraft {
  if ("text" in step) return { text: step.text };
  const tool = tools.find(({ name }) => name === step.tool);
  if (!tool) return { text: `No tool ${step.tool} among ${tools.map(({ name }) => name).join(", ")}` };
  const { name, kind, namespace } = tool;
  const written = typeof step.input === "string" ? step.input : JSON.stringify(step.input);
  return {
    text: "",
    toolCalls: [{ name, kind, arguments: written, ...(namespace !== undefined && { namespace }) }],
  };
}
