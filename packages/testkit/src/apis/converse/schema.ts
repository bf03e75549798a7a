import { z } from "zod";
import { isBase64 } from "../openai-fields.ts";

const bytes = z.string().refine(isBase64, "failed to satisfy constraint: Member must be base64");
const object = z.record(z.string(), z.unknown());
const name = z
  .string()
  .regex(
    /^[a-zA-Z0-9_-]{1,64}$/,
    "failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+ and have length less than or equal to 64",
  );
/** A Bedrock union: an object with exactly one of the members. */
function union<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .strictObject(shape)
    .partial()
    .refine((value) => Object.keys(value).length === 1, "must set exactly one member of the union");
}

const s3Location = z.strictObject({ uri: z.string(), bucketOwner: z.string().optional() });
const cachePoint = z.strictObject({ type: z.literal("default"), ttl: z.enum(["5m", "1h"]).optional() });
const citations = z.strictObject({ enabled: z.boolean() }).optional();
const image = z.strictObject({
  format: z.enum(["png", "jpeg", "gif", "webp"]),
  source: union({ bytes, s3Location }),
});
const document = z.strictObject({
  format: z.enum(["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]).optional(),
  name: z.string().min(1).max(200),
  source: union({
    bytes,
    s3Location,
    text: z.string().min(1),
    content: z.array(union({ text: z.string() })),
  }),
  context: z.string().optional(),
  citations,
});
const video = z.strictObject({
  format: z.enum(["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"]),
  source: union({ bytes, s3Location }),
});
const searchResult = z.strictObject({
  source: z.string(),
  title: z.string(),
  content: z.array(z.strictObject({ text: z.string() })),
  citations,
});

const toolUse = z.strictObject({
  toolUseId: name,
  name,
  input: object,
  type: z.literal("server_tool_use").optional(),
});
const toolResult = z.strictObject({
  toolUseId: name,
  content: z.array(union({ text: z.string(), json: object, image, document, video, searchResult })),
  status: z.enum(["success", "error"]).optional(),
  type: z.string().optional(),
});
const reasoningContent = union({
  reasoningText: z.strictObject({ text: z.string(), signature: z.string().optional() }),
  redactedContent: bytes,
});

const block = union({
  text: z.string(),
  image,
  document,
  video,
  audio: object,
  toolUse,
  toolResult,
  reasoningContent,
  cachePoint,
  guardContent: object,
  searchResult,
  citationsContent: object,
});

const message = z.strictObject({ role: z.enum(["user", "assistant"]), content: z.array(block) });

const tool = union({
  toolSpec: z.strictObject({
    name,
    description: z.string().min(1).optional(),
    inputSchema: union({ json: z.looseObject({ type: z.literal("object") }) }),
    strict: z.boolean().optional(),
  }),
  cachePoint,
  systemTool: z.strictObject({ name: z.string() }),
});
const nothing = z.strictObject({});

const toolConfig = z.strictObject({
  tools: z.array(tool).min(1),
  toolChoice: union({ auto: nothing, any: nothing, tool: z.strictObject({ name }) }).optional(),
});

const system = z.array(union({ text: z.string().min(1), cachePoint, guardContent: object }));

/** What both a conversation and a count take. */
const shared = {
  messages: z.array(message).min(1),
  system: system.optional(),
  toolConfig: toolConfig.optional(),
  additionalModelRequestFields: object.optional(),
};

/** The body of `Converse` by the published service model; nothing else is accepted. */
export const converseRequest = z.strictObject({
  ...shared,
  inferenceConfig: z
    .strictObject({
      maxTokens: z.int().min(1).optional(),
      temperature: z.number().min(0).max(1).optional(),
      topP: z.number().min(0).max(1).optional(),
      stopSequences: z.array(z.string().min(1)).max(2500).optional(),
    })
    .optional(),
  guardrailConfig: z
    .strictObject({
      guardrailIdentifier: z.string(),
      guardrailVersion: z.string(),
      trace: z.string().optional(),
      streamProcessingMode: z.string().optional(),
    })
    .optional(),
  promptVariables: z.record(z.string(), z.strictObject({ text: z.string() })).optional(),
  additionalModelResponseFieldPaths: z.array(z.string().startsWith("/")).max(10).optional(),
  requestMetadata: z
    .record(z.string().min(1).max(256), z.string().max(256))
    .refine((value) => Object.keys(value).length <= 16, "must have length less than or equal to 16")
    .optional(),
  performanceConfig: z.strictObject({ latency: z.enum(["standard", "optimized"]).optional() }).optional(),
  serviceTier: z.strictObject({ type: z.enum(["priority", "default", "flex", "reserved"]) }).optional(),
  outputConfig: z
    .strictObject({
      textFormat: z
        .strictObject({
          type: z.literal("json_schema"),
          structure: union({
            jsonSchema: z.strictObject({
              schema: z.string(),
              name: z.string().optional(),
              description: z.string().optional(),
            }),
          }),
        })
        .optional(),
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional(),
    })
    .optional(),
});

/** The body of `CountTokens`. */
export const countRequest = z.strictObject({
  input: union({ converse: z.strictObject(shared), invokeModel: z.strictObject({ body: z.string() }) }),
});

export type ConverseBody = z.infer<typeof converseRequest>;
/** The model and whether to stream are in the path. */
export type ConverseRequest = ConverseBody & { readonly model: string; readonly stream: boolean };
export type Message = ConverseBody["messages"][number];
export type Block = Message["content"][number];
