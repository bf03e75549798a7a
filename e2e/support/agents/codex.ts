import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type AgentCommand, platformFile } from "./agent.ts";

/** The launcher, if the program for this platform is installed. */
export const codex =
  platformFile(`@openai/codex-${process.platform}-${process.arch}`, "") &&
  join(dirname(createRequire(import.meta.url).resolve("@openai/codex/package.json")), "bin", "codex.js");

/**
 * Codex without a terminal: it runs commands and patches files without asking. It offers its freeform tool for
 * patches only to models that it knows.
 */
export function codexCommand(
  launcher: string,
  folder: string,
  { url, model, prompt }: { readonly url: string; readonly model: string; readonly prompt: string },
): AgentCommand {
  return {
    program: process.execPath,
    args: [
      launcher,
      ...["exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"],
      prompt,
    ],
    environment: { CODEX_HOME: folder, GATEWAY_KEY: "unused" },
    files: { "config.toml": config(url, model) },
  };
}

function config(url: string, model: string): string {
  return `
model = "${model}"
model_provider = "gateway"
check_for_update_on_startup = false

[model_providers.gateway]
name = "gateway"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "GATEWAY_KEY"
request_max_retries = 0
stream_max_retries = 0

[features]
apps = false
plugins = false
remote_plugin = false

[analytics]
enabled = false
`;
}
