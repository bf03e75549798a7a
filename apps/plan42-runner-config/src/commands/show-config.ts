import type { RunnerConfig } from "@plano/runner-home";

const redacted = "[REDACTED]";

/** What is in effect, defaults put in, without its secrets. Times are in milliseconds, sizes in bytes. */
export function showConfig(config: RunnerConfig): object {
  return {
    ...config,
    token: hide(config.token),
    httpProxy: config.httpProxy?.replace(/\/\/[^/@]+@/, `//${redacted}@`),
    models: {
      ...config.models,
      openaiToken: hide(config.models.openaiToken),
      claudeToken: hide(config.models.claudeToken),
    },
    github: config.github.map((connection) => ({ ...connection, token: hide(connection.token) })),
  };
}

function hide(secret: string): string {
  return secret === "" ? "" : redacted;
}
