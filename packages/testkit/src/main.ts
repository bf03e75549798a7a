// Runs the stand-in by itself: `npm run provider -w @plano/testkit -- --openai-port 18001 --gemini-port 18003`
import { parseArgs } from "node:util";
import { serviceNames } from "./models.ts";
import { createProvider } from "./provider.ts";
import { scenarioNames } from "./scenarios.ts";

const firstPort = 18_001;
const { values } = parseArgs({
  options: Object.fromEntries(
    serviceNames.map((name, position) => [
      `${name}-port`,
      { type: "string" as const, default: String(firstPort + position) },
    ]),
  ),
});

const providers = await Promise.all(
  serviceNames.map(async (service) => {
    const provider = await createProvider({ service, port: Number(values[`${service}-port`]) });
    process.stdout.write(`${service.padEnd(10)} ${provider.url}  key ${provider.key}\n`);
    return provider;
  }),
);
process.stdout.write(`models named scenario-<name>: ${scenarioNames().join(", ")}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void Promise.all(providers.map((provider) => provider.close()));
  });
}
