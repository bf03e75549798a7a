import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ImageFormat,
  type Message,
  type TokenUsage,
  type Tool,
} from "@aws-sdk/client-bedrock-runtime";
import {
  type Answer,
  type Client,
  type ClientOptions,
  type Question,
  type Refusal,
  splitDataUri,
} from "./client.ts";
import { joinConverseEvents } from "./converse-events.ts";

type Document = NonNullable<ConverseCommandInput["additionalModelRequestFields"]>;

const stops: Readonly<Record<string, Answer["stop"]>> = {
  end_turn: "end",
  stop_sequence: "end",
  max_tokens: "length",
  tool_use: "tools",
  content_filtered: "refusal",
  guardrail_intervened: "refusal",
};

/** The SDK speaks HTTP/2 with prior knowledge, as it does to the service. */
export function converseClient({ url, key = "unused", headers = {} }: ClientOptions): Client {
  const sdk = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: url,
    token: { token: key },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
  sdk.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
      return next(args);
    },
    { step: "build" },
  );
  const options = (question: Question) => (question.signal ? { abortSignal: question.signal } : {});
  return {
    name: "converse",
    async ask(question) {
      const reply = await sdk.send(new ConverseCommand(toInput(question)), options(question));
      return toAnswer(reply.output?.message?.content ?? [], reply.stopReason, reply.usage);
    },
    async stream(question, onText) {
      const reply = await sdk.send(new ConverseStreamCommand(toInput(question)), options(question));
      const { content, stopReason, usage } = await joinConverseEvents(reply.stream ?? [], onText);
      return toAnswer(content, stopReason, usage);
    },
    refusal(error) {
      if (error instanceof SyntaxError && "$response" in error) return unreadable(error);
      if (!(error instanceof BedrockRuntimeServiceException)) throw error;
      return {
        status: error.$metadata.httpStatusCode,
        type: error.name,
        message: error.message,
        retryAfter: error.$response?.headers["retry-after"],
      };
    },
  };
}

/** What the SDK throws for a body that is not JSON. */
function unreadable(error: SyntaxError): Refusal {
  const { statusCode } = (error as { $response?: { statusCode?: number } }).$response ?? {};
  return { status: statusCode, type: error.name, message: error.message, retryAfter: undefined };
}

function toInput(question: Question): ConverseCommandInput {
  const images: ContentBlock[] = (question.images ?? []).map((uri) => {
    const { mediaType, data } = splitDataUri(uri);
    const format = mediaType.replace("image/", "") as ImageFormat;
    return { image: { format, source: { bytes: Buffer.from(data, "base64") } } };
  });
  return {
    modelId: question.model,
    ...(question.system !== undefined && { system: [{ text: question.system }] }),
    messages: [
      { role: "user", content: [{ text: question.text }, ...images] },
      ...toolTurn(question),
      ...nextTurn(question),
    ],
    ...(question.tools && {
      toolConfig: {
        tools: question.tools.map(
          ({ name, description, parameters }): Tool => ({
            toolSpec: { name, description, inputSchema: { json: parameters as Document } },
          }),
        ),
        ...(question.toolChoice && { toolChoice: { any: {} } }),
      },
    }),
    ...((question.maxTokens ?? question.stop ?? question.think) && {
      inferenceConfig: {
        ...(question.maxTokens !== undefined && { maxTokens: question.maxTokens }),
        ...(question.think && { maxTokens: 8192 }),
        ...(question.stop && { stopSequences: [...question.stop] }),
      },
    }),
    ...(question.think && {
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2048 } },
    }),
    ...(question.schema && {
      outputConfig: {
        textFormat: {
          type: "json_schema",
          structure: { jsonSchema: { name: "answer", schema: JSON.stringify(question.schema) } },
        },
      },
    }),
  };
}

function toolTurn({ toolTurn: turn = [] }: Question): Message[] {
  if (turn.length === 0) return [];
  return [
    {
      role: "assistant",
      content: turn.map(({ id, name, arguments: input }) => ({
        toolUse: { toolUseId: id, name, input: input as Document },
      })),
    },
    {
      role: "user",
      content: turn.map(({ id, result }) => ({ toolResult: { toolUseId: id, content: [{ text: result }] } })),
    },
  ];
}

function nextTurn({ after }: Question): Message[] {
  if (!after) return [];
  return [
    { role: "assistant", content: after.answer.native as ContentBlock[] },
    {
      role: "user",
      content: after.answer.toolCalls.map(({ id }, index) => ({
        toolResult: { toolUseId: id, content: [{ text: after.results[index] ?? "" }] },
      })),
    },
  ];
}

function toAnswer(
  content: readonly ContentBlock[],
  stopReason: string | undefined,
  usage: TokenUsage | undefined,
): Answer {
  const cached = usage?.cacheReadInputTokens ?? 0;
  return {
    text: content.map((block) => block.text ?? "").join(""),
    reasoning: content.map((block) => block.reasoningContent?.reasoningText?.text ?? "").join(""),
    toolCalls: content.flatMap(({ toolUse }) =>
      toolUse
        ? [{ id: toolUse.toolUseId ?? "", name: toolUse.name ?? "", arguments: toolUse.input as unknown }]
        : [],
    ),
    stop: stops[stopReason ?? ""] ?? "refusal",
    usage: {
      input: (usage?.inputTokens ?? -1) + cached + (usage?.cacheWriteInputTokens ?? 0),
      output: usage?.outputTokens ?? -1,
      cached,
    },
    model: undefined,
    native: content,
  };
}
