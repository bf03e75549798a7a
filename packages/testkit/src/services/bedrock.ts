import { converseApi, countTokens } from "../apis/converse/converse.ts";
import { bedrockFailure, bedrockInvalid } from "../apis/converse/violations.ts";
import type { Failure } from "../failure.ts";
import { type AwsCredentials, findSignatureFault, type SignatureFault } from "./aws-signature.ts";
import { type Endpoint, generate, retryAfterHeader, type Service } from "./service.ts";

/** The key pair whose signatures the stand-in knows. Opens nothing anywhere else. */
export const defaultAwsCredentials: AwsCredentials = {
  accessKeyId: "AKIASTANDIN000000000",
  secretAccessKey: "stand-in/secret/access/key",
};

/** `bedrock-runtime.<region>.amazonaws.com`: converse, converse-stream, token counts. */
export const bedrockService: Service = {
  find(path) {
    // The model is one segment, however many slashes and colons it holds.
    const [, segment, verb] = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(path) ?? [];
    if (segment === undefined || verb === undefined) return undefined;
    const endpoint = endpointOf(verb, decodeURIComponent(segment));
    return endpoint && new Map([["POST", endpoint]]);
  },

  authenticate(request, keys, now) {
    const { authorization } = request.headers;
    if (authorization === undefined) {
      return bedrockFailure(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    const token = /^Bearer (\S+)$/.exec(authorization)?.[1];
    if (token !== undefined) {
      return keys.includes(token)
        ? undefined
        : bedrockFailure(
            403,
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.",
          );
    }
    const fault = findSignatureFault(request, defaultAwsCredentials, "bedrock", now);
    return fault && bedrockFailure(403, ...signatureFailures[fault]);
  },

  unknownPath: () => bedrockFailure(404, "UnknownOperationException", "Unknown operation"),
  wrongMethod: () => bedrockFailure(405, "UnknownOperationException", "Unknown operation"),
  wrongContentType: () => bedrockFailure(415, "UnsupportedMediaTypeException", "Unsupported media type"),
  invalidJson: () => bedrockFailure(400, "SerializationException", "Unexpected end of input"),
  unknownModel: () => bedrockInvalid("The provided model identifier is invalid."),
  failureFor(status, retryAfter) {
    const [type, message] = failures[status] ?? failures[status >= 500 ? 500 : 400] ?? ["", ""];
    const failure: Failure = bedrockFailure(status, type, message);
    return { ...failure, headers: { ...failure.headers, ...retryAfterHeader(retryAfter).headers } };
  },
  errorBody: ({ message }) => ({ message }),
  headers: (requestId) => ({ "x-amzn-requestid": requestId }),
};

function endpointOf(verb: string, model: string): Endpoint | undefined {
  switch (verb) {
    case "converse":
      return generate(converseApi({ model, stream: false }));
    case "converse-stream":
      return generate(converseApi({ model, stream: true }));
    case "count-tokens":
      return { kind: "compute", compute: countTokens };
    default:
      return undefined;
  }
}

const failures: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ["ValidationException", "The request is not acceptable."],
  401: ["UnrecognizedClientException", "The security token included in the request is invalid."],
  403: ["AccessDeniedException", "You don't have access to the model with the specified model ID."],
  404: ["ResourceNotFoundException", "The requested resource could not be found."],
  408: ["ModelTimeoutException", "Model has timed out in processing the request. Try your request again."],
  424: ["ModelErrorException", "The model returned an error."],
  429: ["ThrottlingException", "Too many requests, please wait before trying again."],
  500: [
    "InternalServerException",
    "The system encountered an unexpected error during processing. Try again.",
  ],
  503: ["ServiceUnavailableException", "Bedrock is unable to process your request."],
};

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const signatureFailures: Readonly<Record<SignatureFault, readonly [type: string, message: string]>> = {
  incomplete: [
    "IncompleteSignatureException",
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  ],
  "unknown-key": ["UnrecognizedClientException", "The security token included in the request is invalid."],
  "wrong-scope": ["InvalidSignatureException", "Credential should be scoped to correct service: 'bedrock'."],
  expired: ["InvalidSignatureException", "Signature expired or not yet current."],
  "unsigned-header": ["InvalidSignatureException", "'Host' and all 'X-Amz-' headers must be signed."],
  "wrong-payload": [
    "InvalidSignatureException",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ],
  "wrong-token": ["UnrecognizedClientException", "The security token included in the request is invalid."],
  mismatch: ["InvalidSignatureException", mismatch],
};
