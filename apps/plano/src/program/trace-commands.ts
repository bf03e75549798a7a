import { type Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "../context.ts";
import { tracePort } from "../environment.ts";
import { collect, parseCount, parsePort } from "./options.ts";

const traceExamples = `
Examples:
  planoai trace                               the last request
  planoai trace --list                        all that are kept, a line each
  planoai trace 4f2c9a10                      the one whose id begins so
  planoai trace any --where http.status_code=429
  planoai trace --since 5m --filter 'http.*,llm.*' --json
`;

interface TraceFlags {
  readonly filter?: readonly string[];
  readonly where?: readonly string[];
  readonly since?: string;
  readonly limit?: number;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

interface ListenFlags {
  readonly host: string;
  readonly port?: number;
}

/** Adds `trace`, which shows traces, and what starts and stops their collector. */
export function addTraceCommands(
  root: Command,
  context: Context,
  perform: (work: Promise<number>) => Promise<void>,
): void {
  const trace = root
    .command("trace")
    .summary("show what became of a request, step by step")
    .description(
      "Shows traces of requests: each step with its times and what is known of it. A collector keeps the last fifty; planoai up --with-tracing starts one and has the gateway send to it.",
    )
    .argument("[target]", "last, any (all that are kept), a trace id, or its first 8 digits")
    .option(
      "--filter <patterns>",
      "show only these attributes, such as 'http.*,llm.model'; may be repeated",
      collect,
    )
    .option("--where <key=value>", "only traces in which a span says so; may be repeated", collect)
    .option("--since <age>", "only spans that began since, such as 5m, 2h or 1d")
    .option("--limit <count>", "how many at the most, the newest first; 0 for all", parseLimit)
    .option("--list", "one line for each trace")
    .option("--json", "print one JSON document")
    .option("--no-interactive", "accepted; nothing is asked")
    .option("-v, --verbose", "all attributes of requests, too")
    .addHelpText("after", traceExamples)
    .action(async (target: string | undefined, flags: TraceFlags) => {
      const { list = false, json = false, verbose = false } = flags;
      const { filter = [], where = [], since, limit = 0 } = flags;
      const { run } = await import("../commands/trace/show.ts");
      await perform(run({ target, list, json, verbose, filter, where, since, limit }, context));
    });
  const hostOption = () => new Option("--host <address>", "address to listen on").default("127.0.0.1");
  const portOption = () =>
    new Option("--port <port>", "port to listen on; 4317, or PLANO_TRACE_PORT").argParser(parsePort);
  const placeOf = ({ host, port }: ListenFlags) => ({ host, port: port ?? tracePort(context.environment) });

  trace
    .command("listen")
    .summary("start the collector of traces")
    .description(
      "Starts the collector in the background. It takes spans over OTLP/gRPC and keeps them in memory.",
    )
    .addOption(hostOption())
    .addOption(portOption())
    .action(async (flags: ListenFlags) => {
      const { run } = await import("../commands/trace/listen.ts");
      await perform(run(placeOf(flags), context));
    });

  trace
    .command("down")
    .alias("stop")
    .summary("stop the collector of traces")
    .description("Stops the collector in the background. What it has kept is gone then.")
    .action(async () => {
      const { run } = await import("../commands/trace/down.ts");
      await perform(run({}, context));
    });

  trace
    .command("collect", { hidden: true })
    .description("Collects traces until it is stopped.")
    .addOption(hostOption())
    .addOption(portOption())
    .action(async (flags: ListenFlags) => {
      const { run } = await import("../commands/trace/collect.ts");
      await perform(run(placeOf(flags), context));
    });
}

function parseLimit(text: string): number {
  if (/^-\d+$/.test(text)) throw new InvalidArgumentError("Limit must be greater than or equal to 0.");
  return parseCount(text);
}
