import OpenAI from "openai";
import { openaiRefusal } from "./chat.ts";
import type { Answer, Client, ClientOptions, Question } from "./client.ts";

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;

export function responsesClient({ url, key = "unused", headers = {} }: ClientOptions): Client {
  const sdk = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0, defaultHeaders: headers });
  return {
    name: "responses",
    async ask(question) {
      return toAnswer(await sdk.responses.create(toBody(question), { signal: question.signal }));
    },
    async stream(question, onText) {
      const stream = sdk.responses.stream({ ...toBody(question), stream: true }, { signal: question.signal });
      if (onText) stream.on("response.output_text.delta", (event) => onText(event.delta));
      return toAnswer(await stream.finalResponse());
    },
    refusal: openaiRefusal,
  };
}

function toBody(question: Question): Body {
  const turn = question.toolTurn ?? [];
  const content: OpenAI.Responses.ResponseInputContent[] = [
    { type: "input_text", text: question.text },
    ...(question.images ?? []).map((url) => ({
      type: "input_image" as const,
      image_url: url,
      detail: "auto" as const,
    })),
  ];
  return {
    model: question.model,
    ...(question.system !== undefined && { instructions: question.system }),
    input: [
      { role: "user", content: question.images ? content : question.text },
      ...turn.map((call) => ({
        type: "function_call" as const,
        call_id: call.id,
        name: call.name,
        arguments: JSON.stringify(call.arguments),
      })),
      ...turn.map((call) => ({
        type: "function_call_output" as const,
        call_id: call.id,
        output: call.result,
      })),
      ...nextTurn(question),
    ],
    ...(question.tools && {
      tools: question.tools.map((tool) => ({
        type: "function" as const,
        name: tool.name,
        description: tool.description,
        parameters: { ...tool.parameters },
        strict: false,
      })),
    }),
    ...(question.toolChoice && { tool_choice: question.toolChoice }),
    ...(question.parallelToolCalls !== undefined && { parallel_tool_calls: question.parallelToolCalls }),
    ...(question.maxTokens !== undefined && { max_output_tokens: question.maxTokens }),
    ...(question.think && {
      reasoning: { effort: "medium" as const, summary: "auto" as const },
      include: ["reasoning.encrypted_content" as const],
      store: false,
    }),
    ...(question.schema && {
      text: {
        format: {
          type: "json_schema" as const,
          name: "answer",
          schema: { ...question.schema },
          strict: false,
        },
      },
    }),
  };
}

function nextTurn({ after }: Question): OpenAI.Responses.ResponseInputItem[] {
  if (!after) return [];
  return [
    ...(after.answer.native as OpenAI.Responses.ResponseInputItem[]),
    ...after.answer.toolCalls.map((call, index) => ({
      type: "function_call_output" as const,
      call_id: call.id,
      output: after.results[index] ?? "",
    })),
  ];
}

function toAnswer(response: OpenAI.Responses.Response): Answer {
  // The SDK takes a response that failed in the middle for an answer.
  if (response.status === "failed") throw new Error(response.error?.message ?? "failed");
  const toolCalls = response.output.flatMap((item) =>
    item.type === "function_call"
      ? [{ id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments) as unknown }]
      : [],
  );
  const refused = response.output.some(
    (item) => item.type === "message" && item.content.some((part) => part.type === "refusal"),
  );
  return {
    text: response.output_text,
    reasoning: response.output
      .flatMap((item) => (item.type === "reasoning" ? item.summary.map((part) => part.text) : []))
      .join(""),
    toolCalls,
    stop: stopOf(response, toolCalls.length > 0, refused),
    usage: {
      input: response.usage?.input_tokens ?? -1,
      output: response.usage?.output_tokens ?? -1,
      cached: response.usage?.input_tokens_details.cached_tokens ?? 0,
    },
    model: response.model,
    native: response.output.map(asReceived),
  };
}

/** The SDK's streams add what they parsed, which the API does not take back. */
function asReceived(item: OpenAI.Responses.ResponseOutputItem): unknown {
  const { parsed_arguments: _, ...received } = item as { parsed_arguments?: unknown };
  return received;
}

function stopOf(response: OpenAI.Responses.Response, hasCalls: boolean, refused: boolean): Answer["stop"] {
  if (refused || response.incomplete_details?.reason === "content_filter") return "refusal";
  if (response.status === "incomplete") return "length";
  return hasCalls ? "tools" : "end";
}
