// Configurations that tests are written in.
import { compileGatewayConfig, formatProblem } from "./index.ts";

const provider = "{model: openai/gpt-4o, access_key: $OPENAI_API_KEY}";

/** A configuration with one good provider, to which each test adds what it is about. */
export function withProvider(rest: string): string {
  return `version: v0.4.0\nmodel_providers:\n  - ${provider}\n${rest}`;
}

/** A configuration with these providers. */
export function withProviders(...providers: string[]): string {
  return `version: v0.4.0\nmodel_providers:\n${providers.map((entry) => `  - ${entry}\n`).join("")}`;
}

/** The errors of a configuration; none when it is valid. */
export function errorsOf(text: string) {
  const result = compileGatewayConfig(text);
  return result.ok ? [] : result.errors;
}

/** `code at path` of each error. */
export function summaries(text: string): string[] {
  return errorsOf(text).map(
    (error) => `${error.code} ${formatProblem(error)[1]?.trim().replace("path:", "at")}`,
  );
}

/** What a configuration compiles to. */
export function configOf(text: string) {
  const result = compileGatewayConfig(text);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
  return result.config;
}
