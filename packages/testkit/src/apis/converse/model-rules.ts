import type { Failure } from "../../failure.ts";
import type { ConverseRequest } from "./schema.ts";
import { bedrockInvalid } from "./violations.ts";

type Rule = (request: ConverseRequest) => Failure | undefined;

/** What the model behind the service refuses. A bare scenario goes by Claude's rules. */
export function findModelViolation(request: ConverseRequest): Failure | undefined {
  const rules = isClaude(request.model) ? [...anyModel, ...claude] : [...anyModel, ...others];
  for (const rule of rules) {
    const failure = rule(request);
    if (failure) return failure;
  }
  return undefined;
}

const anyModel: readonly Rule[] = [noStorage, noGuardrail, schemaIsJson];
const claude: readonly Rule[] = [claudeFields, thinkingFits, oneSamplingParameter];
const others: readonly Rule[] = [otherFields, noImageResults];

function isClaude(model: string): boolean {
  return model.includes("anthropic.claude") || model.startsWith("scenario-");
}

function fault(message: string): Failure {
  return bedrockInvalid(`The model returned the following errors: ${message}`);
}

function noStorage(request: ConverseRequest) {
  return JSON.stringify(request.messages).includes('"s3Location":')
    ? bedrockInvalid("Could not access the S3 object. Access denied.")
    : undefined;
}

function noGuardrail({ guardrailConfig, promptVariables }: ConverseRequest) {
  if (promptVariables) {
    return bedrockInvalid("The promptVariables field is only valid with a prompt resource as the model.");
  }
  return guardrailConfig
    ? bedrockInvalid("The guardrail identifier or version provided in the request does not exist.")
    : undefined;
}

function schemaIsJson({ outputConfig }: ConverseRequest) {
  const schema = outputConfig?.textFormat?.structure.jsonSchema?.schema;
  if (schema === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(schema);
    if (typeof parsed === "object" && parsed !== null && "type" in parsed) return undefined;
  } catch {
    // Told below.
  }
  return bedrockInvalid(
    "The schema in outputConfig.textFormat.structure.jsonSchema is not a valid JSON schema.",
  );
}

const claudeKeys = [
  "thinking",
  "reasoning_config",
  "top_k",
  "anthropic_beta",
  "output_config",
  "tool_choice",
  "context_management",
];

function claudeFields({ additionalModelRequestFields: fields = {} }: ConverseRequest) {
  const unknown = Object.keys(fields).find((key) => !claudeKeys.includes(key));
  return unknown === undefined ? undefined : fault(`${unknown}: Extra inputs are not permitted`);
}

interface Thinking {
  readonly type?: unknown;
  readonly budget_tokens?: unknown;
}

/** Thinking as the model is asked for it; undefined when it is off. */
export function thinkingOf(request: ConverseRequest): Thinking | undefined {
  const fields = request.additionalModelRequestFields ?? {};
  const thinking = (fields.thinking ?? fields.reasoning_config) as Thinking | undefined;
  return thinking === undefined || thinking.type === "disabled" ? undefined : thinking;
}

function thinkingFits(request: ConverseRequest) {
  const thinking = thinkingOf(request);
  if (!thinking) return undefined;
  const { inferenceConfig: inference = {}, toolConfig, messages } = request;
  if (thinking.type === "enabled") {
    const budget = thinking.budget_tokens;
    if (typeof budget !== "number" || budget < 1024) {
      return fault("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
    }
    if (budget >= (inference.maxTokens ?? 4096)) {
      return fault("`max_tokens` must be greater than `thinking.budget_tokens`.");
    }
  } else if (thinking.type !== "adaptive") {
    return fault("thinking.type: Input should be 'enabled', 'adaptive' or 'disabled'");
  }
  if (inference.temperature !== undefined && inference.temperature !== 1) {
    return fault("`temperature` may only be set to 1 when thinking is enabled.");
  }
  if (request.additionalModelRequestFields?.top_k !== undefined) {
    return fault("`top_k` must be unset when thinking is enabled.");
  }
  if (toolConfig?.toolChoice?.any ?? toolConfig?.toolChoice?.tool) {
    return fault("Thinking may not be enabled when tool_choice forces tool use.");
  }
  const at = messages.findLastIndex(({ role }) => role === "assistant");
  const isOpenToolTurn = messages[at + 1]?.content.some((block) => block.toolResult) === true;
  if (thinking.type === "enabled" && isOpenToolTurn && !messages[at]?.content[0]?.reasoningContent) {
    return fault(
      `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`tool_use\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
    );
  }
  return undefined;
}

function oneSamplingParameter({ inferenceConfig, model }: ConverseRequest) {
  const both = inferenceConfig?.temperature !== undefined && inferenceConfig.topP !== undefined;
  return both && /-4-[1-9]/.test(model)
    ? fault("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
    : undefined;
}

function otherFields({ additionalModelRequestFields: fields = {} }: ConverseRequest) {
  const known = ["inferenceConfig", "reasoningConfig", "top_k", "topK"];
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  return unknown === undefined
    ? undefined
    : bedrockInvalid(
        `Malformed input request: #: extraneous key [${unknown}] is not permitted, please reformat your input and try again.`,
      );
}

function noImageResults({ messages, model }: ConverseRequest) {
  if (model.includes("nova")) return undefined;
  const has = messages.some(({ content }) =>
    content.some((block) => block.toolResult?.content.some((part) => part.image)),
  );
  return has
    ? bedrockInvalid("This model doesn't support the image content block in tool results.")
    : undefined;
}
