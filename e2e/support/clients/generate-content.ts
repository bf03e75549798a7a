import {
  ApiError,
  type Content,
  FunctionCallingConfigMode,
  type GenerateContentParameters,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from "@google/genai";
import { type Answer, type Client, type ClientOptions, type Question, splitDataUri } from "./client.ts";

const stops: Readonly<Record<string, Answer["stop"]>> = {
  STOP: "end",
  MAX_TOKENS: "length",
  SAFETY: "refusal",
};

interface ErrorBody {
  readonly message: string;
  readonly status: string;
  readonly details?: readonly { readonly retryDelay?: string }[];
}

export function generateContentClient({ url, key = "unused", headers = {} }: ClientOptions): Client {
  let retryAfter: string | null = null;
  const sdk = new GoogleGenAI({
    apiKey: key,
    httpOptions: {
      baseUrl: url,
      headers: { ...headers },
      // The SDK's errors do not hold the headers of the reply.
      async fetch(input, init) {
        const reply = await fetch(input, init);
        retryAfter = reply.headers.get("retry-after");
        return reply;
      },
    },
  });
  return {
    name: "generate_content",
    async ask(question) {
      return toAnswer([await sdk.models.generateContent(toParameters(question))]);
    },
    async stream(question, onText) {
      const chunks: GenerateContentResponse[] = [];
      for await (const chunk of await sdk.models.generateContentStream(toParameters(question))) {
        chunks.push(chunk);
        for (const part of partsOf(chunk)) {
          if (part.text && !part.thought) onText?.(part.text);
        }
      }
      return toAnswer(chunks);
    },
    refusal(error) {
      if (!(error instanceof ApiError)) throw error;
      const { message, status, details = [] } = (JSON.parse(error.message) as { error: ErrorBody }).error;
      const delay = details.find((detail) => detail.retryDelay !== undefined)?.retryDelay;
      return {
        status: error.status,
        type: status,
        message,
        retryAfter: retryAfter ?? delay?.replace(/s$/, ""),
      };
    },
  };
}

function toParameters(question: Question): GenerateContentParameters {
  const images = (question.images ?? []).map((uri) => {
    const { mediaType, data } = splitDataUri(uri);
    return { inlineData: { mimeType: mediaType, data } };
  });
  return {
    model: question.model,
    contents: [
      { role: "user", parts: [{ text: question.text }, ...images] },
      ...toolTurn(question),
      ...nextTurn(question),
    ],
    config: {
      ...(question.signal && { abortSignal: question.signal }),
      ...(question.system !== undefined && { systemInstruction: question.system }),
      ...(question.tools && {
        tools: [
          {
            functionDeclarations: question.tools.map(({ name, description, parameters }) => ({
              name,
              description,
              parametersJsonSchema: parameters,
            })),
          },
        ],
      }),
      ...(question.toolChoice && {
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
      }),
      ...(question.maxTokens !== undefined && { maxOutputTokens: question.maxTokens }),
      ...(question.stop && { stopSequences: [...question.stop] }),
      ...(question.think && { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } }),
      ...(question.schema && {
        responseMimeType: "application/json",
        responseJsonSchema: question.schema,
      }),
    },
  };
}

function toolTurn({ toolTurn: turn = [] }: Question): Content[] {
  if (turn.length === 0) return [];
  return [
    {
      role: "model",
      parts: turn.map(({ id, name, arguments: args }) => ({
        functionCall: { id, name, args: args as Record<string, unknown> },
      })),
    },
    {
      role: "user",
      parts: turn.map(({ id, name, result }) => ({
        functionResponse: { id, name, response: { output: result } },
      })),
    },
  ];
}

function nextTurn({ after }: Question): Content[] {
  if (!after) return [];
  return [
    { role: "model", parts: after.answer.native as Part[] },
    {
      role: "user",
      parts: after.answer.toolCalls.map(({ id, name }, index) => ({
        functionResponse: { id, name, response: { output: after.results[index] ?? "" } },
      })),
    },
  ];
}

function partsOf(chunk: GenerateContentResponse): Part[] {
  return chunk.candidates?.[0]?.content?.parts ?? [];
}

function toAnswer(chunks: readonly GenerateContentResponse[]): Answer {
  const parts = chunks.flatMap(partsOf);
  const toolCalls = parts.flatMap(({ functionCall: call }) =>
    call ? [{ id: call.id ?? "", name: call.name ?? "", arguments: call.args ?? {} }] : [],
  );
  const finish = chunks.flatMap((chunk) => chunk.candidates?.[0]?.finishReason ?? []);
  const isBlocked = chunks.some((chunk) => chunk.promptFeedback?.blockReason !== undefined);
  if (isBlocked ? finish.length > 0 : finish.length !== 1)
    throw new Error(`${finish.length} reasons to finish`);
  const usage = chunks.findLast((chunk) => chunk.usageMetadata)?.usageMetadata;
  const text = (thought: boolean) =>
    parts.map((part) => ((part.thought === true) === thought ? (part.text ?? "") : "")).join("");
  const stop = stops[finish[0] ?? ""] ?? "refusal";
  return {
    text: text(false),
    reasoning: text(true),
    toolCalls,
    stop: stop === "end" && toolCalls.length > 0 ? "tools" : stop,
    usage: {
      input: usage?.promptTokenCount ?? -1,
      output: (usage?.candidatesTokenCount ?? -1) + (usage?.thoughtsTokenCount ?? 0),
      cached: usage?.cachedContentTokenCount ?? 0,
    },
    model: chunks[0]?.modelVersion,
    native: parts,
  };
}
