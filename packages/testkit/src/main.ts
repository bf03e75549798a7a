// Runs the stand-in by itself: `npm run provider -w @plano/testkit -- --openai-port 18001 --anthropic-port 18002`
import { parseArgs } from "node:util";
import { createProvider, type Provider } from "./provider.ts";
import { scenarioNames } from "./scenarios.ts";

const { values } = parseArgs({
  options: {
    "openai-port": { type: "string", default: "18001" },
    "anthropic-port": { type: "string", default: "18002" },
  },
});

const openai = await createProvider({ service: "openai", port: Number(values["openai-port"]) });
const anthropic = await createProvider({ service: "anthropic", port: Number(values["anthropic-port"]) });

const show = (name: string, provider: Provider) =>
  `${name.padEnd(10)} ${provider.url}  key ${provider.key}\n`;
process.stdout.write(show("openai", openai));
process.stdout.write(show("anthropic", anthropic));
process.stdout.write(`models named scenario-<name>: ${scenarioNames().join(", ")}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void Promise.all([openai.close(), anthropic.close()]);
  });
}
