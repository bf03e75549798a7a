import { z } from "zod";

/** A tool's name as the service accepts it. */
export const toolName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/, "string does not match pattern '^[a-zA-Z0-9_-]+$'");

/** A web address, or a data URI with a supported type and well-formed base64. */
export const imageUrl = z
  .string()
  .refine(isImageUrl, "expected a valid URL or a base64 image of type png, jpeg, gif or webp");

export const metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((value) => Object.keys(value).length <= 16, "at most 16 keys")
  .nullish();

export const jsonSchemaFormat = {
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
  strict: z.boolean().nullish(),
};

/** Models that take `max_completion_tokens` and no sampling parameters. */
export function isReasoningModel(model: string): boolean {
  return /^(o\d|gpt-5)/.test(model) && !model.includes("chat");
}

/** Standard base64 with its padding. */
export function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

function isImageUrl(url: string): boolean {
  if (!url.startsWith("data:")) return /^https?:\/\/[^\s/]+/.test(url);
  const data = /^data:image\/(png|jpeg|jpg|gif|webp)(?:;[^;,]+)*;base64,(.*)$/s.exec(url);
  return data?.[2] !== undefined && isBase64(data[2]);
}
