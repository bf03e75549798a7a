import { z } from "zod";

const bytes = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]+={0,2}$/, "Base64 decoding failed")
  .refine((text) => text.replace(/=+$/, "").length % 4 !== 1, "Base64 decoding failed");
const object = z.record(z.string(), z.unknown());

const part = z.strictObject({
  text: z.string().optional(),
  inlineData: z
    .strictObject({ mimeType: z.string(), data: bytes, displayName: z.string().optional() })
    .optional(),
  fileData: z.strictObject({ mimeType: z.string().optional(), fileUri: z.string() }).optional(),
  functionCall: z
    .strictObject({ id: z.string().optional(), name: z.string(), args: object.optional() })
    .optional(),
  functionResponse: z
    .strictObject({
      id: z.string().optional(),
      name: z.string(),
      response: object,
      parts: z
        .array(z.strictObject({ inlineData: z.strictObject({ mimeType: z.string(), data: bytes }) }))
        .optional(),
      willContinue: z.boolean().optional(),
      scheduling: z.string().optional(),
    })
    .optional(),
  executableCode: object.optional(),
  codeExecutionResult: object.optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z.string().optional(),
  videoMetadata: object.optional(),
  mediaResolution: object.optional(),
  partMetadata: object.optional(),
});

const content = z.strictObject({ role: z.string().optional(), parts: z.array(part).default([]) });

const types = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"];
const count = z.union([z.int().min(0), z.string().regex(/^\d+$/)]).optional();

/** The part of OpenAPI 3.0 that the service takes in `parameters` and `responseSchema`. */
const openApiSchema = z.strictObject({
  type: z
    .string()
    .refine((type) => types.includes(type.toUpperCase()), "is not a valid Type")
    .optional(),
  format: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  nullable: z.boolean().optional(),
  enum: z.array(z.string()).optional(),
  get items() {
    return openApiSchema.optional();
  },
  minItems: count,
  maxItems: count,
  get properties() {
    return z.record(z.string(), openApiSchema).optional();
  },
  required: z.array(z.string()).optional(),
  propertyOrdering: z.array(z.string()).optional(),
  get anyOf() {
    return z.array(openApiSchema).optional();
  },
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: count,
  maxLength: count,
  minProperties: count,
  maxProperties: count,
  pattern: z.string().optional(),
  default: z.unknown().optional(),
  example: z.unknown().optional(),
});

const functionDeclaration = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
      "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.",
    ),
  description: z.string().optional(),
  parameters: openApiSchema.optional(),
  parametersJsonSchema: object.optional(),
  response: openApiSchema.optional(),
  responseJsonSchema: object.optional(),
  behavior: z.enum(["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"]).optional(),
});

const tool = z.strictObject({
  functionDeclarations: z.array(functionDeclaration).optional(),
  googleSearch: object.optional(),
  googleSearchRetrieval: object.optional(),
  codeExecution: object.optional(),
  urlContext: object.optional(),
  googleMaps: object.optional(),
  fileSearch: object.optional(),
  computerUse: object.optional(),
});

const toolConfig = z.strictObject({
  functionCallingConfig: z
    .strictObject({
      mode: z.enum(["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"]).optional(),
      allowedFunctionNames: z.array(z.string()).optional(),
    })
    .optional(),
  retrievalConfig: object.optional(),
});

const generationConfig = z.strictObject({
  stopSequences: z.array(z.string()).max(5).optional(),
  responseMimeType: z.enum(["text/plain", "application/json", "text/x.enum"]).optional(),
  responseSchema: openApiSchema.optional(),
  responseJsonSchema: object.optional(),
  responseModalities: z.array(z.enum(["TEXT", "IMAGE", "AUDIO"])).optional(),
  candidateCount: z.int().min(1).max(8).optional(),
  maxOutputTokens: z.int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().min(1).optional(),
  seed: z.int().min(-2147483648).max(2147483647).optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  responseLogprobs: z.boolean().optional(),
  logprobs: z.int().min(0).max(20).optional(),
  speechConfig: object.optional(),
  imageConfig: object.optional(),
  thinkingConfig: z
    .strictObject({
      includeThoughts: z.boolean().optional(),
      thinkingBudget: z.int().min(-1).optional(),
      thinkingLevel: z.enum(["MINIMAL", "LOW", "MEDIUM", "HIGH"]).optional(),
    })
    .optional(),
  mediaResolution: z
    .enum(["MEDIA_RESOLUTION_LOW", "MEDIA_RESOLUTION_MEDIUM", "MEDIA_RESOLUTION_HIGH"])
    .optional(),
});

/** The body of `models.generateContent` by the published reference; nothing else is accepted. */
export const generateContentRequest = z.strictObject({
  model: z.string().optional(),
  contents: z.array(content).min(1),
  systemInstruction: content.optional(),
  tools: z.array(tool).optional(),
  toolConfig: toolConfig.optional(),
  safetySettings: z
    .array(
      z.strictObject({
        category: z.string().startsWith("HARM_CATEGORY_"),
        threshold: z.enum([
          "BLOCK_LOW_AND_ABOVE",
          "BLOCK_MEDIUM_AND_ABOVE",
          "BLOCK_ONLY_HIGH",
          "BLOCK_NONE",
          "OFF",
        ]),
      }),
    )
    .optional(),
  generationConfig: generationConfig.optional(),
  cachedContent: z.string().startsWith("cachedContents/").optional(),
  serviceTier: z.enum(["standard", "flex", "priority"]).optional(),
  store: z.boolean().optional(),
});

/** The body of `models.countTokens`: one of the two. */
export const countRequest = z.strictObject({
  contents: z.array(content).min(1).optional(),
  generateContentRequest: generateContentRequest.optional(),
});

export type GenerateContentBody = z.infer<typeof generateContentRequest>;
/** The model and the verb are in the path. */
export type GenerateContentRequest = GenerateContentBody & {
  readonly model: string;
  readonly stream: boolean;
};
export type Content = GenerateContentBody["contents"][number];
export type Part = Content["parts"][number];
export type OpenApiSchema = z.infer<typeof openApiSchema>;
