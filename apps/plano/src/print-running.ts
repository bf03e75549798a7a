import type { GatewayConfig, ModelProvider } from "@plano/config/gateway";
import type { Terminal } from "@plano/terminal";
import { clientUrl } from "./gateway/health.ts";

/** What is told of a gateway that has just started. */
export interface Started {
  /** Such as `pid 4711`. */
  readonly what: string;
  readonly configPath: string;
  /** Where the log is, or the command that shows it. */
  readonly log: string;
  /** The command that stops it. */
  readonly stop: string;
  /** Where the collector of `planoai trace` is, if spans go there. */
  readonly traces?: string | undefined;
}

/** Tells where a gateway that has just started listens and how to try it. */
export function printRunning(
  { what, configPath, log, stop, traces }: Started,
  config: GatewayConfig,
  terminal: Terminal,
): void {
  const { style } = terminal;
  terminal.success(`Plano is running (${what})`);
  terminal.line();
  terminal.table([
    ...config.listeners.map((listener) => [`  ${listener.name}`, style.cyan(clientUrl(listener))]),
    ["  metrics", `${clientUrl(config.metrics)}/metrics`],
    ["  config", configPath],
    ["  log", log],
    ...(traces === undefined ? [] : [["  traces", `planoai trace, from ${traces}`]]),
  ]);
  const [listener] = config.listeners;
  if (listener !== undefined) {
    terminal.line();
    terminal.line(style.bold("Try it:"));
    for (const line of exampleRequest(clientUrl(listener), config.providers)) terminal.line(`  ${line}`);
  }
  terminal.line();
  terminal.line(style.dim(`Stop it with: ${stop}`));
}

/** A curl command that this configuration answers: a chat, or the model list if only wildcards are configured. */
function exampleRequest(url: string, providers: readonly ModelProvider[]): string[] {
  const named = providers.filter(({ model }) => model !== "*");
  const provider = named.find(({ isDefault }) => isDefault) ?? named[0];
  if (provider === undefined) return [`curl -s ${url}/v1/models`];
  const body = JSON.stringify({ model: provider.model, messages: [{ role: "user", content: "hello" }] });
  return [
    `curl -s ${url}/v1/chat/completions \\`,
    "  -H 'Content-Type: application/json' \\",
    ...(provider.passthroughAuth ? ['  -H "Authorization: Bearer $YOUR_KEY" \\'] : []),
    `  -d '${body}'`,
  ];
}
