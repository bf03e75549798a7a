import type { Facts } from "../../answer.ts";
import { countRequestTokens } from "../../tokens.ts";
import { declarationsOf } from "./rules.ts";
import type { Content, GenerateContentBody, GenerateContentRequest, Part } from "./schema.ts";

export function generateContentFacts(request: GenerateContentRequest): Facts {
  const { contents, generationConfig: config = {} } = request;
  const spoken = contents.findLast((content) => content.role !== "model" && textOf(content) !== "");
  const calling = request.toolConfig?.functionCallingConfig;
  const allowed = calling?.allowedFunctionNames;
  const tools = declarationsOf(request).map(({ name, parameters, parametersJsonSchema }) => ({
    name,
    kind: "function" as const,
    schema: parametersJsonSchema ?? parameters,
  }));
  return {
    model: request.model,
    stream: request.stream,
    lastUserText: spoken ? textOf(spoken) : "",
    imageCount: contents
      .flatMap(({ parts }) => parts)
      .filter((part) => part.inlineData?.mimeType.startsWith("image/")).length,
    tools: allowed ? tools.filter(({ name }) => allowed.includes(name)) : tools,
    toolChoice: choiceOf(calling),
    parallelToolCalls: true,
    toolResults: (contents.at(-1)?.parts ?? []).flatMap(resultOf),
    stopSequences: config.stopSequences ?? [],
    maxOutputTokens: config.maxOutputTokens,
    inputTokens: countInput(request),
    reasoning: config.thinkingConfig?.includeThoughts === true,
    json:
      config.responseMimeType === "application/json"
        ? { schema: config.responseJsonSchema ?? config.responseSchema }
        : undefined,
  };
}

/** What a count says and what a reply reports as its prompt. */
export function countInput(
  request: Pick<GenerateContentBody, "contents" | "systemInstruction" | "tools">,
): number {
  return countRequestTokens([request.systemInstruction, request.contents, request.tools]);
}

type Calling = NonNullable<GenerateContentRequest["toolConfig"]>["functionCallingConfig"];

function choiceOf(calling: Calling): Facts["toolChoice"] {
  if (calling?.mode === "NONE") return "none";
  if (calling?.mode !== "ANY") return "auto";
  const [only, ...others] = calling.allowedFunctionNames ?? [];
  return only !== undefined && others.length === 0 ? { name: only } : "required";
}

function textOf({ parts }: Content): string {
  return parts.map((part) => part.text ?? "").join("");
}

function resultOf({ functionResponse }: Part): Facts["toolResults"][number][] {
  if (!functionResponse) return [];
  const { id = "", response } = functionResponse;
  const [key, ...others] = Object.keys(response);
  const lone = others.length === 0 && (key === "output" || key === "error") ? response[key] : response;
  const text = typeof lone === "string" ? lone : JSON.stringify(lone);
  return [{ id, text, isError: lone !== response && key === "error" }];
}
