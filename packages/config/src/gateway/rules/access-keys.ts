import { isReference, referencedNames } from "../references.ts";
import { failure, type Rule, warning } from "./rule.ts";

const keysAreReferencesOrLiterals: Rule = ({ providers }) =>
  providers
    .filter(({ accessKey }) => accessKey !== undefined && isHalfReference(accessKey))
    .map(({ path }) =>
      failure(
        "access-key",
        [...path, "access_key"],
        "`access_key` must be one reference, such as $API_KEY, or a key without references",
      ),
    );

function isHalfReference(key: string): boolean {
  if (isReference(key)) return false;
  return referencedNames(key).length > 0 || key.startsWith("$");
}

/** Headers that belong to the connection or the framing of a request; the data plane sets them itself. */
const connectionHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const headersAreSendable: Rule = ({ providers }) =>
  providers.flatMap(({ path, headers }) =>
    Object.entries(headers).flatMap(([name, value]) => {
      const complaint = complaintAboutHeader(name, value);
      return complaint === undefined ? [] : [failure("header", [...path, "headers", name], complaint)];
    }),
  );

function complaintAboutHeader(name: string, value: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return "this is not the name of an HTTP header";
  if (connectionHeaders.has(name.toLowerCase()))
    return "this header belongs to the connection and cannot be set; leave it out";
  if (!/^[\t\x20-\x7e]*$/.test(value)) return "a header value is one line of plain ASCII text";
  return undefined;
}

const keysBesidePassthrough: Rule = ({ providers }) =>
  providers
    .filter(({ accessKey, passthroughAuth }) => accessKey !== undefined && passthroughAuth)
    .map(({ path, name }) =>
      warning(
        "key-ignored",
        [...path, "access_key"],
        `${name} uses passthrough_auth; its access_key is not used`,
      ),
    );

const keysInTheOpen: Rule = ({ providers }) =>
  providers
    .filter(({ accessKey }) => accessKey !== undefined && !accessKey.includes("$"))
    .map(({ path, name }) =>
      warning(
        "key-in-file",
        [...path, "access_key"],
        `the key of ${name} stands in the file itself; a reference such as $API_KEY keeps it out`,
      ),
    );

const signaturesAreForBedrock: Rule = ({ providers }) =>
  providers
    .filter(({ aws, known, declaredInterface }) => {
      const provider = declaredInterface?.known ?? known;
      return aws !== undefined && provider !== undefined && provider.id !== "amazon_bedrock";
    })
    .map(({ path, name }) =>
      failure(
        "aws",
        [...path, "aws"],
        `${name} is not reached through AWS; only amazon_bedrock takes \`aws\``,
      ),
    );

const keysBesideSignatures: Rule = ({ providers }) =>
  providers
    .filter(
      ({ aws, accessKey, passthroughAuth }) =>
        aws !== undefined && (accessKey !== undefined || passthroughAuth),
    )
    .map(({ path, name }) =>
      failure("aws", [...path, "aws"], `${name} has both \`aws\` and another credential; keep one of them`),
    );

const secretsInTheOpen: Rule = ({ providers }) =>
  providers
    .filter(({ aws }) => aws !== undefined && !aws.secretAccessKey.includes("$"))
    .map(({ path, name }) =>
      warning(
        "key-in-file",
        [...path, "aws", "secret_access_key"],
        `the key of ${name} stands in the file itself; a reference such as $AWS_SECRET_ACCESS_KEY keeps it out`,
      ),
    );

const keysAreNotForgotten: Rule = ({ providers }) =>
  providers
    .filter(({ known, accessKey, passthroughAuth, baseUrl, headers, aws }) => {
      const hasCredentials =
        accessKey !== undefined || aws !== undefined || passthroughAuth || Object.keys(headers).length > 0;
      return known?.environmentKey != null && baseUrl === undefined && !hasCredentials;
    })
    .map(({ path, name, known }) =>
      warning(
        "no-key",
        path,
        `requests to ${name} carry no key; add access_key: $${known?.environmentKey} or passthrough_auth: true`,
      ),
    );

/** Keys, headers and other things that prove who one is. */
export const accessKeyRules: readonly Rule[] = [
  keysAreReferencesOrLiterals,
  headersAreSendable,
  keysBesidePassthrough,
  keysInTheOpen,
  signaturesAreForBedrock,
  keysBesideSignatures,
  secretsInTheOpen,
  keysAreNotForgotten,
];
