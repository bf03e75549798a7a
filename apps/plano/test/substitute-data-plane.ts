// Stands in for the data plane in tests of the command line: obeys its process contract and nothing else.
// Names of providers steer it: `exit-N` ends it with N at once, `mute` keeps it from listening, `deaf` makes it
// ignore SIGTERM, `slow-drain` keeps it alive for a while after it closed its listeners, `refused` makes it refuse the
// configuration, `older` makes it one that does not know --check.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parse } from "yaml";

interface Place {
  readonly address: string;
  readonly port: number;
}

interface RenderedConfig {
  readonly listeners: readonly Place[];
  readonly metrics: Place;
  readonly model_providers: readonly { readonly name: string }[];
}

const [configPath = ""] = process.argv.slice(process.argv.indexOf("--config") + 1);
const config: RenderedConfig = parse(readFileSync(configPath, "utf8"));
const names = config.model_providers.map(({ name }) => name);
const log = (text: string) => process.stderr.write(`${text}\n`);

if (process.argv.includes("--check")) {
  log("a line of its log");
  if (names.includes("older")) log("brightstaff: unknown argument `--check`");
  if (names.includes("refused"))
    log(`brightstaff: ${configPath}: refused\nwith ${process.env.OPENAI_API_KEY?.length}`);
  process.exit(names.includes("older") || names.includes("refused") ? 2 : 0);
}

const exit = names.find((name) => name.startsWith("exit-"));
if (exit !== undefined) {
  log(`cannot go on: ${exit}`);
  process.exit(Number(exit.slice("exit-".length)));
}

log(`environment ${Object.keys(process.env).sort().join(" ")}`);
log(`arguments ${process.argv.slice(2).join(" ")}`);
if (names.includes("mute")) setInterval(() => {}, 1000);
const places = names.includes("mute") ? [] : [...config.listeners, config.metrics];
const servers = places.map(({ address, port }) => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/healthz" ? 200 : 404;
    response.end(String(process.pid));
  });
  server.listen(port, address, () => log(`listening on ${address}:${port}`));
  server.on("error", () => process.exit(3));
  return server;
});

const stop = () => {
  log("stopping");
  if (names.includes("deaf")) return;
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  setTimeout(() => process.exit(0), names.includes("slow-drain") ? 2000 : 20);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
