// Starts the gateway, sends real requests of official SDKs through it, and says what happens. Started by
// scripts/demo.mjs once everything is built.
import { setTimeout as delay } from "node:timers/promises";
import { createTerminal, formatDuration } from "@plano/terminal";
import { prepareGateway, type TourGateway } from "./gateway.ts";
import { scenes } from "./scenes.ts";
import { openUpstream } from "./upstreams.ts";

const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, environment: process.env });
const { style } = terminal;
const traceLimitMilliseconds = 10_000;

async function tour(): Promise<number> {
  const upstreams = [
    await openUpstream("openai", process.env),
    await openUpstream("anthropic", process.env),
  ] as const;
  const [openai, anthropic] = upstreams;
  const gateway = await prepareGateway(
    upstreams.map((upstream) => upstream.config),
    Object.fromEntries(upstreams.map((upstream) => [upstream.keyName, upstream.key])),
  );
  let failed = 0;
  try {
    terminal.heading("1. The providers");
    terminal.table(upstreams.map((upstream) => [`  ${upstream.service}`, upstream.description]));
    terminal.line();

    terminal.heading("2. The gateway: planoai up config.yaml --with-tracing");
    for (const line of gateway.configText.trimEnd().split("\n")) terminal.line(style.dim(`  ${line}`));
    const start = performance.now();
    await gateway.run("up", "config.yaml", "--with-tracing");
    terminal.success(`up at ${gateway.url} after ${formatDuration(performance.now() - start)}`);
    terminal.line();

    terminal.heading("3. Requests: official SDKs, no key in the client");
    const cast = { gatewayUrl: gateway.url, openaiModel: openai.model, anthropicModel: anthropic.model };
    for (const scene of scenes(cast)) failed += (await playScene(scene)) ? 0 : 1;

    terminal.line();
    terminal.heading("4. What became of a request: planoai trace");
    for (const line of (await lastTrace(gateway)).trimEnd().split("\n")) terminal.line(`  ${line}`);
    terminal.line();
    terminal.heading("5. The end: planoai down");
    await gateway.run("down");
    terminal.success("stopped");
  } finally {
    await gateway.run("down").catch(() => "");
    await gateway.run("trace", "down").catch(() => "");
    await gateway.remove();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  }
  terminal.line();
  if (failed > 0) {
    terminal.failure(`${failed} of the requests failed`);
    return 1;
  }
  terminal.line(
    `Yours: ${style.bold("npx planoai up")} with your keys set, and point any SDK at http://127.0.0.1:12000`,
  );
  return 0;
}

/** The last trace; the gateway sends its spans once a second. */
async function lastTrace(gateway: TourGateway): Promise<string> {
  const deadline = Date.now() + traceLimitMilliseconds;
  for (;;) {
    const shown = await gateway.run("trace");
    if (shown.startsWith("Trace: ") || Date.now() >= deadline) return shown;
    await delay(200);
  }
}

async function playScene(scene: ReturnType<typeof scenes>[number]): Promise<boolean> {
  terminal.line(`  ${style.cyan("▸")} ${scene.title}`);
  const start = performance.now();
  let column = 0;
  const show = (text: string) => {
    terminal.raw((column === 0 ? "    " : "") + text.replaceAll("\n", "\n    ").replace(/\n {4}$/, "\n"));
    column = text.endsWith("\n") ? 0 : 1;
  };
  try {
    const about = await scene.play(show);
    if (column !== 0) terminal.line();
    terminal.line(
      `    ${style.green("✓")} ${style.dim(`${formatDuration(performance.now() - start)}, ${about}`)}`,
    );
    return true;
  } catch (error) {
    if (column !== 0) terminal.line();
    terminal.line(`    ${style.red("✗")} ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

try {
  process.exitCode = await tour();
} catch (error) {
  terminal.failure(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
