import type { Answer, Usage } from "../../answer.ts";
import { seal } from "../../seal.ts";
import type { ReplyContext } from "../api.ts";
import type { ResponsesRequest } from "./schema.ts";

type Status = "in_progress" | "completed" | "incomplete" | "failed";

export type OutputItem =
  | {
      type: "reasoning";
      id: string;
      summary: { type: "summary_text"; text: string }[];
      encrypted_content?: string;
    }
  | { type: "message"; id: string; status: Status; role: "assistant"; content: OutputPart[] }
  | {
      type: "function_call";
      id: string;
      status: Status;
      call_id: string;
      name: string;
      arguments: string;
      namespace?: string;
    }
  | {
      type: "custom_tool_call";
      id: string;
      status: Status;
      call_id: string;
      name: string;
      input: string;
      namespace?: string;
    };

export type OutputPart =
  | { type: "output_text"; text: string; annotations: unknown[]; logprobs: unknown[] }
  | { type: "refusal"; refusal: string };

/** Models reason at any effort, and show nothing of it unless a summary is asked for. */
function reasonsUnseen(request: ResponsesRequest): boolean {
  const effort = request.reasoning?.effort;
  const wantsProof = request.include?.includes("reasoning.encrypted_content") ?? false;
  return wantsProof && effort != null && effort !== "none";
}

/** The items of an answer, complete. */
export function outputItems(request: ResponsesRequest, answer: Answer, context: ReplyContext): OutputItem[] {
  const items: OutputItem[] = [];
  const { sequence } = context;
  if (answer.reasoning !== "" || reasonsUnseen(request)) {
    items.push({
      type: "reasoning",
      id: `rs_${sequence}`,
      summary: answer.reasoning === "" ? [] : [{ type: "summary_text", text: answer.reasoning }],
      ...(request.include?.includes("reasoning.encrypted_content") && {
        encrypted_content: seal("encrypted", answer.reasoning),
      }),
    });
  }
  if (answer.text !== "" || (answer.toolCalls.length === 0 && !isBlocked(answer))) {
    const status = answer.stop === "length" ? "incomplete" : "completed";
    items.push({
      type: "message",
      id: `msg_${sequence}`,
      status,
      role: "assistant",
      content: [part(answer)],
    });
  }
  for (const [index, call] of answer.toolCalls.entries()) {
    const shared = {
      status: "completed" as const,
      call_id: `call_${sequence}x${index}`,
      name: call.name,
      ...(call.namespace !== undefined && { namespace: call.namespace }),
    };
    items.push(
      call.kind === "custom"
        ? { type: "custom_tool_call", id: `ctc_${sequence}x${index}`, ...shared, input: call.arguments }
        : { type: "function_call", id: `fc_${sequence}x${index}`, ...shared, arguments: call.arguments },
    );
  }
  return items;
}

/** The response object around the items. */
export function responseObject(
  request: ResponsesRequest,
  context: ReplyContext,
  state: { status: Status; reason?: string; output: readonly OutputItem[]; usage: Usage | null },
): object {
  return {
    id: `resp_${context.sequence}`,
    object: "response",
    created_at: context.createdAt,
    status: state.status,
    background: request.background ?? false,
    error: null,
    incomplete_details: state.reason === undefined ? null : { reason: state.reason },
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model: request.model,
    output: state.output,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: "default",
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: request.text ?? { format: { type: "text" }, verbosity: "medium" },
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? "disabled",
    usage: state.usage && responsesUsage(state.usage),
    user: request.user ?? null,
    metadata: request.metadata ?? {},
  };
}

/** How a response ends, and why when it is not complete. */
export function ending(answer: Answer): { status: Status; reason?: string } {
  if (answer.stop === "length") return { status: "incomplete", reason: "max_output_tokens" };
  return isBlocked(answer) ? { status: "incomplete", reason: "content_filter" } : { status: "completed" };
}

/** A filter, not the model, has stopped it. */
function isBlocked({ stop, text }: Answer): boolean {
  return stop === "refusal" && text === "";
}

function part(answer: Answer): OutputPart {
  return answer.stop === "refusal"
    ? { type: "refusal", refusal: answer.text }
    : { type: "output_text", text: answer.text, annotations: [], logprobs: [] };
}

function responsesUsage(usage: Usage): object {
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cachedInput },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
}
