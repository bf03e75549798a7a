import type { Failure } from "../../failure.ts";
import { traitsOf } from "./models.ts";
import type { GenerateContentRequest } from "./schema.ts";
import { referenceFault, schemaFault } from "./schema-faults.ts";
import { geminiInvalid } from "./violations.ts";

type Rule = (request: GenerateContentRequest) => Failure | undefined;

/** What the service refuses in the settings of a generation. */
export function findGenerationViolation(request: GenerateContentRequest): Failure | undefined {
  for (const rule of rules) {
    const failure = rule(request);
    if (failure) return failure;
  }
  return undefined;
}

const rules: readonly Rule[] = [
  anySchemaNeedsJson,
  responseSchemaIsSound,
  jsonExcludesFunctions,
  callingNeedsFunctions,
  logprobsNeedTheSwitch,
  thinkingFits,
  outputIsText,
  noCachedContent,
];

function anySchemaNeedsJson({ generationConfig: config }: GenerateContentRequest) {
  if (!config?.responseSchema && !config?.responseJsonSchema) return undefined;
  if (config.responseSchema && config.responseJsonSchema) {
    return geminiInvalid("response_schema and response_json_schema cannot both be set.");
  }
  return config.responseMimeType === "application/json" || config.responseMimeType === "text/x.enum"
    ? undefined
    : geminiInvalid("For controlled generation, response_mime_type must be application/json or text/x.enum.");
}

function responseSchemaIsSound({ generationConfig: config }: GenerateContentRequest) {
  const where = "generation_config.response_schema";
  const fault =
    (config?.responseSchema && schemaFault(config.responseSchema, where)) ??
    referenceFault(config?.responseJsonSchema, where);
  return fault === undefined ? undefined : geminiInvalid(`* GenerateContentRequest.${fault}\n`, where);
}

function jsonExcludesFunctions({ model, generationConfig, tools = [] }: GenerateContentRequest) {
  const mimeType = generationConfig?.responseMimeType;
  const hasFunctions = tools.some((tool) => tool.functionDeclarations);
  if (mimeType !== "application/json" || !hasFunctions || traitsOf(model).jsonWithFunctions) return undefined;
  return geminiInvalid(`Function calling with a response mime type: '${mimeType}' is unsupported`);
}

function callingNeedsFunctions({ toolConfig, tools = [] }: GenerateContentRequest) {
  const mode = toolConfig?.functionCallingConfig?.mode;
  if (mode !== "ANY" && mode !== "VALIDATED") return undefined;
  return tools.some((tool) => tool.functionDeclarations?.length)
    ? undefined
    : geminiInvalid("Function calling config is set without function_declarations.");
}

function logprobsNeedTheSwitch({ generationConfig: config }: GenerateContentRequest) {
  return config?.logprobs !== undefined && config.responseLogprobs !== true
    ? geminiInvalid("logprobs is only valid if response_logprobs is set to true.")
    : undefined;
}

function thinkingFits({ model, generationConfig }: GenerateContentRequest) {
  const config = generationConfig?.thinkingConfig;
  if (!config) return undefined;
  const { thinkingBudget: budget, thinkingLevel: level } = config;
  const { takesBudget, takesLevel, budgets } = traitsOf(model);
  if (budget !== undefined && level !== undefined) {
    return geminiInvalid("You can only set only one of thinking budget and thinking level.");
  }
  if (level !== undefined && !takesLevel) {
    return geminiInvalid("Thinking level is not supported for this model.");
  }
  if (!takesBudget && (budget !== undefined || config.includeThoughts === true)) {
    return geminiInvalid("Thinking is not supported for this model.");
  }
  if (budget === undefined || budget === -1 || !budgets) return undefined;
  if (budget === 0 && !budgets.mayBeOff) {
    return geminiInvalid("Budget 0 is invalid. This model only works in thinking mode.");
  }
  if (budget !== 0 && (budget < budgets.min || budget > budgets.max)) {
    return geminiInvalid(
      `The thinking budget ${budget} is invalid. Please choose a value between ${budgets.min} and ${budgets.max}.`,
    );
  }
  return undefined;
}

function outputIsText({ generationConfig: config }: GenerateContentRequest) {
  const other = config?.responseModalities?.some((modality) => modality !== "TEXT");
  return other || config?.speechConfig || config?.imageConfig
    ? geminiInvalid("The requested combination of response modalities is not supported by the model.")
    : undefined;
}

function noCachedContent({ cachedContent }: GenerateContentRequest): Failure | undefined {
  if (cachedContent === undefined) return undefined;
  return {
    status: 403,
    type: "PERMISSION_DENIED",
    message: "CachedContent not found (or permission denied)",
  };
}
