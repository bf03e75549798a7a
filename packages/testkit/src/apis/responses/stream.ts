import type { Answer } from "../../answer.ts";
import { cutText, splitTokens } from "../../tokens.ts";
import { type ReplyContext, serverSentEvent } from "../api.ts";
import { ending, type OutputItem, type OutputPart, outputItems, responseObject } from "./output.ts";
import type { ResponsesRequest } from "./schema.ts";

interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

export function responsesStream(request: ResponsesRequest, answer: Answer, context: ReplyContext): string[] {
  const opening = responseObject(request, context, { status: "in_progress", output: [], usage: null });
  const { status, reason } = ending(answer);
  const items = outputItems(request, answer, context);
  const events: Event[] = [
    { type: "response.created", response: opening },
    { type: "response.in_progress", response: opening },
    ...items.flatMap((item, index) => itemEvents(item, index)),
    {
      type: `response.${status}`,
      response: responseObject(request, context, {
        status,
        ...(reason !== undefined && { reason }),
        output: items,
        usage: answer.usage,
      }),
    },
  ];
  return events.map((event, position) =>
    serverSentEvent({ ...event, sequence_number: position }, event.type),
  );
}

function itemEvents(item: OutputItem, index: number): Event[] {
  return [
    { type: "response.output_item.added", output_index: index, item: opened(item) },
    ...innerEvents(item, index),
    { type: "response.output_item.done", output_index: index, item },
  ];
}

function opened(item: OutputItem): OutputItem {
  switch (item.type) {
    case "reasoning":
      return { ...item, summary: [] };
    case "message":
      return { ...item, status: "in_progress", content: [] };
    case "function_call":
      return { ...item, status: "in_progress", arguments: "" };
    case "custom_tool_call":
      return { ...item, status: "in_progress", input: "" };
  }
}

function innerEvents(item: OutputItem, index: number): Event[] {
  const place = { item_id: item.id, output_index: index };
  switch (item.type) {
    case "reasoning":
      return item.summary.flatMap((part, position) => {
        const at = { ...place, summary_index: position };
        const closed = { ...at, text: part.text };
        return [
          { type: "response.reasoning_summary_part.added", ...at, part: { ...part, text: "" } },
          ...splitTokens(part.text).map((delta) => ({
            type: "response.reasoning_summary_text.delta",
            ...at,
            delta,
          })),
          { type: "response.reasoning_summary_text.done", ...closed },
          { type: "response.reasoning_summary_part.done", ...at, part },
        ];
      });
    case "message":
      return item.content.flatMap((part, position) =>
        partEvents(part, { ...place, content_index: position }),
      );
    case "function_call":
      return [
        ...cutText(item.arguments, 5).map((delta) => ({
          type: "response.function_call_arguments.delta",
          ...place,
          delta,
        })),
        {
          type: "response.function_call_arguments.done",
          ...place,
          name: item.name,
          arguments: item.arguments,
        },
      ];
    case "custom_tool_call":
      return [
        ...cutText(item.input, 5).map((delta) => ({
          type: "response.custom_tool_call_input.delta",
          ...place,
          delta,
        })),
        { type: "response.custom_tool_call_input.done", ...place, input: item.input },
      ];
  }
}

function partEvents(part: OutputPart, at: object): Event[] {
  const isText = part.type === "output_text";
  const text = isText ? part.text : part.refusal;
  const name = isText ? "response.output_text" : "response.refusal";
  const logprobs = isText ? { logprobs: [] } : {};
  return [
    {
      type: "response.content_part.added",
      ...at,
      part: isText ? { ...part, text: "" } : { ...part, refusal: "" },
    },
    ...splitTokens(text).map((delta) => ({ type: `${name}.delta`, ...at, delta, ...logprobs })),
    { type: `${name}.done`, ...at, ...(isText ? { text, ...logprobs } : { refusal: text }) },
    { type: "response.content_part.done", ...at, part },
  ];
}
