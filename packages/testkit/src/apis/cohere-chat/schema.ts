import { z } from "zod";
import { imageUrl } from "../openai-fields.ts";

const textPart = z.strictObject({ type: z.literal("text"), text: z.string() });
const imagePart = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({ url: imageUrl, detail: z.enum(["auto", "low", "high"]).optional() }),
});
const thinkingPart = z.strictObject({ type: z.literal("thinking"), thinking: z.string() });
const data = z.record(z.string(), z.unknown());
const documentPart = z.strictObject({
  type: z.literal("document"),
  document: z.strictObject({ data, id: z.string().optional() }),
});

const toolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});

const message = z.discriminatedUnion("role", [
  z.strictObject({
    role: z.literal("system"),
    content: z.union([z.string(), z.array(textPart).min(1)]),
  }),
  z.strictObject({
    role: z.literal("user"),
    content: z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, imagePart])).min(1)]),
  }),
  z.strictObject({
    role: z.literal("assistant"),
    content: z
      .union([z.string(), z.array(z.discriminatedUnion("type", [textPart, thinkingPart])).min(1)])
      .nullish(),
    tool_calls: z.array(toolCall).nullish(),
    tool_plan: z.string().nullish(),
    citations: z.array(z.unknown()).nullish(),
  }),
  z.strictObject({
    role: z.literal("tool"),
    tool_call_id: z.string(),
    content: z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, documentPart])).min(1)]),
  }),
]);

const tool = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name: z
      .string()
      .regex(/^[a-zA-Z0-9_-]{1,64}$/, "must contain only letters, digits, underscores and dashes"),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()),
  }),
});

/** The body of `POST /v2/chat` by the published reference; nothing else is accepted. */
export const cohereChatRequest = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().optional(),
  tools: z.array(tool).min(1).optional(),
  strict_tools: z.boolean().optional(),
  tool_choice: z.enum(["REQUIRED", "NONE"]).optional(),
  documents: z.array(z.union([z.string(), z.strictObject({ data, id: z.string().optional() })])).optional(),
  citation_options: z
    .strictObject({ mode: z.enum(["ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF"]).optional() })
    .optional(),
  response_format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("text") }),
      z.strictObject({
        type: z.literal("json_object"),
        json_schema: z.looseObject({ type: z.literal("object") }).optional(),
      }),
    ])
    .optional(),
  safety_mode: z.enum(["CONTEXTUAL", "STRICT", "OFF"]).optional(),
  max_tokens: z.int().min(1).optional(),
  stop_sequences: z.array(z.string()).max(5).optional(),
  temperature: z.number().min(0).optional(),
  seed: z.int().min(0).optional(),
  frequency_penalty: z.number().min(0).max(1).optional(),
  presence_penalty: z.number().min(0).max(1).optional(),
  k: z.int().min(0).max(500).optional(),
  p: z.number().min(0.01).max(0.99).optional(),
  logprobs: z.boolean().optional(),
  thinking: z
    .strictObject({ type: z.enum(["enabled", "disabled"]), token_budget: z.int().min(1).optional() })
    .optional(),
  priority: z.int().min(0).max(999).optional(),
  raw_prompting: z.boolean().optional(),
});

export type CohereChatRequest = z.infer<typeof cohereChatRequest>;
export type CohereMessage = CohereChatRequest["messages"][number];
