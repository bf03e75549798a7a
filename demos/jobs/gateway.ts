import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProvider, defaultKey } from "@plano/testkit";
import { type Cast, freePort } from "./cast.ts";

/** The gateway that agents call their models through. */
export interface DemoGateway {
  /** Where containers reach it. */
  readonly url: string;
  readonly model: string;
  /** For people. */
  readonly provider: string;
  stop(): Promise<void>;
}

/** Starts a gateway that containers can reach, before the real service if there is a key for it, else a stand-in. */
export async function startGateway(cast: Cast, folder: string, address: string): Promise<DemoGateway> {
  const hasKey = Boolean(process.env.OPENAI_API_KEY);
  const standIn = hasKey ? undefined : await createProvider({ service: "openai" });
  const port = await freePort(address);
  const config = [
    "version: v0.4.0",
    "listeners:",
    `  - {name: agents, type: model, address: ${address}, port: ${port}}`,
    "model_providers:",
    "  - model: openai/*",
    "    access_key: $OPENAI_API_KEY",
    ...(standIn ? [`    base_url: ${standIn.url}`] : []),
    "",
  ];
  writeFileSync(join(folder, "gateway.yaml"), config.join("\n"));
  try {
    await cast.run("planoai", ["up", "gateway.yaml"]);
  } catch (error) {
    await standIn?.close();
    throw error;
  }
  return {
    url: `http://host.docker.internal:${port}`,
    model: "openai/gpt-4o-mini",
    provider: standIn ? `a strict stand-in at ${standIn.url}` : "api.openai.com",
    stop: async () => {
      await cast.run("planoai", ["down"]);
      await standIn?.close();
    },
  };
}

/** The key that the gateway gets by its environment: the user's, or the stand-in's. */
export function gatewayKey(): string {
  return process.env.OPENAI_API_KEY || defaultKey("openai");
}
