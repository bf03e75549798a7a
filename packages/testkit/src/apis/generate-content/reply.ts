import type { Answer, ToolCall, Usage } from "../../answer.ts";
import { splitTokens } from "../../tokens.ts";
import type { ReplyContext } from "../api.ts";
import { traitsOf } from "./models.ts";
import type { GenerateContentRequest } from "./schema.ts";
import { thoughtSignature } from "./signatures.ts";

const finishReasons: Readonly<Record<Answer["stop"], string>> = {
  end: "STOP",
  length: "MAX_TOKENS",
  tools: "STOP",
  "stop-sequence": "STOP",
  refusal: "SAFETY",
};

/** A part as it goes out. */
type OutgoingPart = Readonly<Record<string, unknown>>;

export function generateContentReply(
  request: GenerateContentRequest,
  answer: Answer,
  context: ReplyContext,
): object {
  if (isBlocked(answer)) return blocked(request, answer, context);
  const parts = [
    ...thoughts(request, answer.reasoning === "" ? [] : [answer.reasoning]),
    ...(answer.text === "" ? [] : [{ text: answer.text }]),
    ...calls(request, answer, context),
  ];
  const signed = signedAtTheEnd(request, answer, parts);
  return chunk(request, answer, context, signed, finishReasons[answer.stop]);
}

/** The objects of a streamed reply: deltas of text, each call whole, the reason to stop with the last. */
export function generateContentChunks(
  request: GenerateContentRequest,
  answer: Answer,
  context: ReplyContext,
): object[] {
  if (isBlocked(answer)) return [blocked(request, answer, context)];
  const pieces: OutgoingPart[][] = [
    ...thoughts(request, splitTokens(answer.reasoning)).map((part) => [part]),
    ...splitTokens(answer.text).map((text) => [{ text }]),
  ];
  const called = calls(request, answer, context);
  if (called.length > 0) pieces.push(called);
  const last = signedAtTheEnd(request, answer, answer.toolCalls.length > 0 ? [] : [{ text: "" }]);
  return [
    ...pieces.map((parts) => chunk(request, answer, context, parts)),
    chunk(request, answer, context, last, finishReasons[answer.stop]),
  ];
}

/** A prompt that the filter stops never reaches the model: there is no candidate. */
function isBlocked({ stop, text }: Answer): boolean {
  return stop === "refusal" && text === "";
}

function blocked(request: GenerateContentRequest, { usage }: Answer, context: ReplyContext): object {
  return {
    promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
    usageMetadata: { promptTokenCount: usage.input, totalTokenCount: usage.input },
    modelVersion: request.model,
    responseId: `resp${context.sequence}`,
  };
}

function thoughts(request: GenerateContentRequest, pieces: readonly string[]): OutgoingPart[] {
  if (request.generationConfig?.thinkingConfig?.includeThoughts !== true) return [];
  return pieces.map((text) => ({ text, thought: true }));
}

function calls(request: GenerateContentRequest, answer: Answer, context: ReplyContext): OutgoingPart[] {
  const { signsCalls } = traitsOf(request.model);
  return answer.toolCalls.map((call, index) => ({
    functionCall: {
      // Older models give their calls no id.
      ...(signsCalls && { id: `fc${context.sequence}x${index}` }),
      name: call.name,
      args: argumentsOf(call),
    },
    ...(index === 0 &&
      (signsCalls || answer.reasoning !== "") && {
        thoughtSignature: thoughtSignature({ functionCall: { name: call.name } }),
      }),
  }));
}

/** A reply without calls that was thought over carries its signature on the last part. */
function signedAtTheEnd(
  request: GenerateContentRequest,
  answer: Answer,
  parts: readonly OutgoingPart[],
): OutgoingPart[] {
  const isSigned = traitsOf(request.model).signsCalls || answer.reasoning !== "";
  const last = parts.at(-1);
  if (!last || !isSigned || answer.toolCalls.length > 0) return [...parts];
  return [...parts.slice(0, -1), { ...last, thoughtSignature: thoughtSignature({}) }];
}

function chunk(
  request: GenerateContentRequest,
  answer: Answer,
  context: ReplyContext,
  parts: readonly OutgoingPart[],
  finishReason?: string,
): object {
  return {
    candidates: [
      {
        ...(parts.length > 0 && { content: { parts, role: "model" } }),
        ...(finishReason !== undefined && { finishReason }),
        index: 0,
      },
    ],
    usageMetadata: usageMetadata(answer.usage),
    modelVersion: request.model,
    responseId: `resp${context.sequence}`,
  };
}

function argumentsOf(call: ToolCall): unknown {
  return JSON.parse(call.arguments === "" ? "{}" : call.arguments);
}

/** Here thoughts are not part of what the candidates hold. */
function usageMetadata(usage: Usage): object {
  return {
    promptTokenCount: usage.input,
    candidatesTokenCount: usage.output - usage.reasoning,
    totalTokenCount: usage.input + usage.output,
    ...(usage.cachedInput > 0 && { cachedContentTokenCount: usage.cachedInput }),
    ...(usage.reasoning > 0 && { thoughtsTokenCount: usage.reasoning }),
    promptTokensDetails: [{ modality: "TEXT", tokenCount: usage.input }],
  };
}
