import { z } from "zod";
import { imageUrl, jsonSchemaFormat, metadata, toolName } from "../openai-fields.ts";

const inputText = z.strictObject({ type: z.literal("input_text"), text: z.string() });
const inputImage = z.strictObject({
  type: z.literal("input_image"),
  image_url: imageUrl.nullish(),
  file_id: z.string().nullish(),
  detail: z.enum(["auto", "low", "high"]).nullish(),
});
const inputFile = z.strictObject({
  type: z.literal("input_file"),
  file_data: z.string().optional(),
  file_id: z.string().nullish(),
  file_url: z.string().optional(),
  filename: z.string().optional(),
});
const outputText = z.strictObject({
  type: z.literal("output_text"),
  text: z.string(),
  annotations: z.array(z.unknown()).optional(),
  logprobs: z.array(z.unknown()).optional(),
});
const refusal = z.strictObject({ type: z.literal("refusal"), refusal: z.string() });
const status = z.enum(["in_progress", "completed", "incomplete"]).nullish();

const inputParts = z.array(z.discriminatedUnion("type", [inputText, inputImage, inputFile]));
const outputParts = z.array(z.discriminatedUnion("type", [outputText, refusal]));
const phase = z.enum(["commentary", "final_answer"]).nullish();

/** A message may leave its type out; all other items name it. */
const message = z.discriminatedUnion("role", [
  z.strictObject({
    type: z.literal("message").optional(),
    role: z.literal("assistant"),
    content: z.union([z.string(), outputParts]),
    id: z.string().optional(),
    status,
    phase,
  }),
  z.strictObject({
    type: z.literal("message").optional(),
    role: z.enum(["user", "system", "developer"]),
    content: z.union([z.string(), inputParts]),
    id: z.string().optional(),
    status,
  }),
]);
const toolOutput = z.union([z.string(), inputParts]);
const item = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("function_call"),
    call_id: z.string().min(1).max(64),
    name: z.string(),
    arguments: z.string(),
    id: z.string().nullish(),
    namespace: z.string().optional(),
    status,
  }),
  z.strictObject({
    type: z.literal("function_call_output"),
    call_id: z.string().min(1).max(64),
    output: toolOutput,
    id: z.string().nullish(),
    status,
  }),
  z.strictObject({
    type: z.literal("custom_tool_call"),
    call_id: z.string(),
    name: z.string(),
    input: z.string(),
    id: z.string().nullish(),
    namespace: z.string().optional(),
    status,
  }),
  z.strictObject({
    type: z.literal("custom_tool_call_output"),
    call_id: z.string(),
    output: toolOutput,
    id: z.string().nullish(),
    status,
  }),
  z.strictObject({
    type: z.literal("reasoning"),
    id: z.string().nullish(),
    summary: z.array(z.strictObject({ type: z.literal("summary_text"), text: z.string() })),
    content: z.array(z.strictObject({ type: z.literal("reasoning_text"), text: z.string() })).nullish(),
    encrypted_content: z.string().nullish(),
    status,
  }),
  z.strictObject({ type: z.literal("item_reference"), id: z.string() }),
]);

const functionTool = z.strictObject({
  type: z.literal("function"),
  name: toolName,
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
  defer_loading: z.boolean().optional(),
  output_schema: z.unknown().optional(),
});
const customTool = z.strictObject({
  type: z.literal("custom"),
  name: toolName,
  description: z.string().optional(),
  format: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("text") }),
      z.strictObject({
        type: z.literal("grammar"),
        syntax: z.enum(["lark", "regex"]),
        definition: z.string(),
      }),
    ])
    .optional(),
  defer_loading: z.boolean().optional(),
});
const namespaceTool = z.strictObject({
  type: z.literal("namespace"),
  name: toolName,
  description: z.string().optional(),
  tools: z.array(z.discriminatedUnion("type", [functionTool, customTool])),
});

const tool = z.discriminatedUnion("type", [
  functionTool,
  customTool,
  namespaceTool,
  z.looseObject({
    type: z.enum([
      "apply_patch",
      "code_interpreter",
      "computer_use_preview",
      "file_search",
      "image_generation",
      "local_shell",
      "mcp",
      "shell",
      "tool_search",
      "web_search",
      "web_search_preview",
    ]),
  }),
]);

const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.strictObject({ type: z.literal("function"), name: z.string() }),
  z.strictObject({ type: z.literal("custom"), name: z.string() }),
  z.strictObject({
    type: z.literal("allowed_tools"),
    mode: z.enum(["auto", "required"]),
    tools: z.array(z.unknown()),
  }),
]);

/** The body of `POST /v1/responses` by the published reference; nothing else is accepted. */
export const responsesRequest = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.union([message, item])).min(1)]).optional(),
  background: z.boolean().nullish(),
  client_metadata: z.record(z.string(), z.string()).nullish(),
  conversation: z.unknown().optional(),
  include: z.array(z.string()).nullish(),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  metadata,
  parallel_tool_calls: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  prompt: z.unknown().optional(),
  prompt_cache_key: z.string().optional(),
  prompt_cache_retention: z.enum(["in_memory", "in-memory", "24h"]).nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).nullish(),
      generate_summary: z.enum(["auto", "concise", "detailed"]).nullish(),
      summary: z.enum(["auto", "concise", "detailed"]).nullish(),
    })
    .nullish(),
  safety_identifier: z.string().optional(),
  service_tier: z.enum(["auto", "default", "flex", "scale", "priority"]).nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  text: z
    .strictObject({
      format: z
        .discriminatedUnion("type", [
          z.strictObject({ type: z.literal("text") }),
          z.strictObject({ type: z.literal("json_object") }),
          z.strictObject({ type: z.literal("json_schema"), ...jsonSchemaFormat }),
        ])
        .optional(),
      verbosity: z.enum(["low", "medium", "high"]).nullish(),
    })
    .optional(),
  tool_choice: toolChoice.optional(),
  tools: z.array(tool).optional(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
  user: z.string().optional(),
});

export type ResponsesRequest = z.infer<typeof responsesRequest>;
export type InputItem = Exclude<NonNullable<ResponsesRequest["input"]>, string>[number];
export type MessageItem = Extract<InputItem, { role: string }>;
