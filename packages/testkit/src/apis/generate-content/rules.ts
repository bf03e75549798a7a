import type { Failure } from "../../failure.ts";
import { findGenerationViolation } from "./generation-rules.ts";
import { traitsOf } from "./models.ts";
import type { Content, GenerateContentRequest, Part } from "./schema.ts";
import { referenceFault, schemaFault } from "./schema-faults.ts";
import { isThoughtSignature } from "./signatures.ts";
import { geminiInvalid } from "./violations.ts";

type Rule = (request: GenerateContentRequest) => Failure | undefined;

/** What the service refuses although each field is well formed. */
export function findGenerateContentViolation(request: GenerateContentRequest): Failure | undefined {
  for (const rule of rules) {
    const failure = rule(request);
    if (failure) return failure;
  }
  return findGenerationViolation(request);
}

const dataFields = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
] as const;

const rules: readonly Rule[] = [
  rolesAreKnown,
  partsAreFilled,
  systemIsText,
  mediaIsKnown,
  responsesFollowCalls,
  signaturesAreOurs,
  stepsAreSigned,
  functionsAreDeclaredOnce,
  parametersAreSound,
  allowedFunctionsExist,
];

function rolesAreKnown({ contents }: GenerateContentRequest) {
  const wrong = contents.some(
    ({ role }) => role !== undefined && !["user", "model", "function"].includes(role),
  );
  return wrong ? geminiInvalid("Please use a valid role: user, model.") : undefined;
}

function partsAreFilled({ contents }: GenerateContentRequest) {
  for (const [position, { parts }] of contents.entries()) {
    if (parts.length === 0) {
      return geminiInvalid(
        `* GenerateContentRequest.contents[${position}].parts: contents.parts must not be empty.\n`,
      );
    }
    for (const [at, part] of parts.entries()) {
      const where = `contents[${position}].parts[${at}]`;
      const given = dataFields.filter((name) => part[name] !== undefined);
      if (given.length > 1) {
        return geminiInvalid(
          `Invalid value at '${where}' (oneof), oneof field 'data' is already set. Cannot set '${given[1]}'`,
          where,
        );
      }
      const isEmpty = given.length === 0 || (part.text === "" && part.thoughtSignature === undefined);
      if (isEmpty) {
        return geminiInvalid(
          `* GenerateContentRequest.${where}.data: required oneof field 'data' must have one initialized field\n`,
        );
      }
    }
  }
  return undefined;
}

function systemIsText({ systemInstruction }: GenerateContentRequest) {
  if (!systemInstruction) return undefined;
  const isText =
    systemInstruction.parts.length > 0 && systemInstruction.parts.every((part) => part.text !== undefined);
  return isText ? undefined : geminiInvalid("System instruction must be text.");
}

const mediaTypes =
  /^(image\/(png|jpeg|webp|heic|heif)|audio\/(wav|mp3|mpeg|aiff|aac|ogg|flac)|video\/\w+|application\/pdf|application\/json|text\/[\w.+-]+)$/;

function mediaIsKnown({ contents }: GenerateContentRequest) {
  for (const part of contents.flatMap(({ parts }) => parts)) {
    const type = part.inlineData?.mimeType;
    if (type !== undefined && !mediaTypes.test(type)) {
      return geminiInvalid(`Unsupported MIME type: ${type}`);
    }
    const uri = part.fileData?.fileUri;
    if (
      uri !== undefined &&
      !/^https:\/\/(generativelanguage\.googleapis\.com\/.*files\/|www\.youtube\.com\/|youtu\.be\/)/.test(uri)
    ) {
      return geminiInvalid(`Cannot fetch content from the provided URL: ${uri}`);
    }
  }
  return undefined;
}

/** A turn with calls is followed by a turn that starts with just as many responses; there are no others. */
function responsesFollowCalls({ contents }: GenerateContentRequest) {
  for (const [position, content] of contents.entries()) {
    const calls = callsOf(content);
    const next = contents[position + 1];
    if (calls.length > 0 && next) {
      const leading = leadingResponses(next);
      const names = (parts: readonly { name: string }[]) =>
        parts
          .map(({ name }) => name)
          .sort()
          .join();
      if (names(calls) !== names(leading)) {
        return geminiInvalid(
          "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
        );
      }
    }
    const previous = contents[position - 1];
    const answered = content.parts.filter((part) => part.functionResponse).length;
    if (answered > 0 && (content.role === "model" || !previous || callsOf(previous).length !== answered)) {
      return geminiInvalid(
        "Please ensure that function response turn comes immediately after a function call turn.",
      );
    }
    if (calls.length > 0 && content.role !== "model") {
      return geminiInvalid("Function call parts can only be in turns of the role 'model'.");
    }
  }
  return undefined;
}

function callsOf(content: Content): NonNullable<Part["functionCall"]>[] {
  return content.parts.flatMap((part) => part.functionCall ?? []);
}

function leadingResponses(content: Content): { name: string }[] {
  const end = content.parts.findIndex((part) => !part.functionResponse);
  return content.parts.slice(0, end < 0 ? undefined : end).flatMap((part) => part.functionResponse ?? []);
}

function signaturesAreOurs({ contents }: GenerateContentRequest) {
  for (const part of contents.flatMap(({ parts }) => parts)) {
    if (part.thoughtSignature === undefined || isThoughtSignature(part)) continue;
    return geminiInvalid("Corrupted thought signature.");
  }
  return undefined;
}

/** Since the user last spoke, each step's first call carries the signature that it came with. */
function stepsAreSigned({ contents, model }: GenerateContentRequest) {
  if (!traitsOf(model).signsCalls) return undefined;
  const spoken = contents.findLastIndex(
    (content) => content.role !== "model" && content.parts.some((part) => !part.functionResponse),
  );
  for (const [position, content] of contents.entries()) {
    if (position < spoken) continue;
    const first = content.parts.find((part) => part.functionCall);
    if (!first?.functionCall || first.thoughtSignature !== undefined) continue;
    return geminiInvalid(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${first.functionCall.name}\`, position ${position + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
    );
  }
  return undefined;
}

function functionsAreDeclaredOnce(request: GenerateContentRequest) {
  const names = declarationsOf(request).map(({ name }) => name);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  return twice === undefined ? undefined : geminiInvalid(`Duplicate function declaration found: ${twice}`);
}

export function declarationsOf({ tools = [] }: GenerateContentRequest) {
  return tools.flatMap((tool) => tool.functionDeclarations ?? []);
}

function parametersAreSound(request: GenerateContentRequest) {
  for (const [position, declaration] of declarationsOf(request).entries()) {
    const where = `tools[0].function_declarations[${position}].parameters`;
    if (declaration.parameters && declaration.parametersJsonSchema) {
      return geminiInvalid(`${where} and parameters_json_schema are mutually exclusive`, where);
    }
    const fault =
      (declaration.parameters && schemaFault(declaration.parameters, where)) ??
      referenceFault(declaration.parametersJsonSchema, where);
    if (fault !== undefined) return geminiInvalid(`* GenerateContentRequest.${fault}\n`, where);
  }
  return undefined;
}

function allowedFunctionsExist(request: GenerateContentRequest) {
  const config = request.toolConfig?.functionCallingConfig;
  const names = config?.allowedFunctionNames;
  if (!names) return undefined;
  if (config.mode !== "ANY" && config.mode !== "VALIDATED") {
    return geminiInvalid("allowed_function_names should only be set when the mode is ANY or VALIDATED.");
  }
  const declared = declarationsOf(request).map(({ name }) => name);
  const unknown = names.find((name) => !declared.includes(name));
  return unknown === undefined
    ? undefined
    : geminiInvalid(
        `Function name ${unknown} in allowed_function_names is not in the function declarations.`,
      );
}
