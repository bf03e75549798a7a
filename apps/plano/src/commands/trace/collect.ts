import type { Context } from "../../context.ts";
import { startCollector } from "../../traces/collector.ts";
import type { ListenOptions } from "./listen.ts";

/** Collects spans until it is told to stop. */
export async function run(
  { host, port }: ListenOptions,
  { terminal, onStopSignal }: Context,
): Promise<number> {
  const collector = await startCollector(host, port);
  terminal.line(`collecting spans on ${host}:${port}`);
  await new Promise<void>((resolve) => onStopSignal(resolve));
  collector.stop();
  return 0;
}
