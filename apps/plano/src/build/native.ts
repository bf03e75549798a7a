import { statSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "@plano/terminal";
import type { Context, Environment } from "../context.ts";
import { type Filters, filterFolder } from "../native/find-filters.ts";
import { findCheckout, runCargo } from "./checkout.ts";

/** Builds the native server and Envoy's filters from the checkout around the current folder, and lists them. */
export async function buildNative({ terminal, currentFolder, environment }: Context): Promise<void> {
  const crates = join(findCheckout(currentFolder), "crates");
  terminal.line(`Building brightstaff and the filters of Envoy in ${crates}`);
  const target = join(crates, "target");
  const server = ["build", "--locked", "--target-dir", target, "--release", "-p", "brightstaff"];
  await runCargo(server, crates, environment);
  const { llmGateway, promptGateway } = await cargoFilters(crates, environment);
  const artefacts = [join(target, "release", "brightstaff"), llmGateway, promptGateway];
  terminal.heading("Built");
  terminal.table(artefacts.map((path) => [`  ${path}`, formatBytes(statSync(path).size)]));
}

/** Builds Envoy's filters alone. */
export async function buildFilters({ terminal, currentFolder, environment }: Context): Promise<Filters> {
  const crates = join(findCheckout(currentFolder), "crates");
  terminal.line(`Building the filters of Envoy in ${crates}`);
  return cargoFilters(crates, environment);
}

async function cargoFilters(crates: string, environment: Environment): Promise<Filters> {
  const target = join(crates, "target");
  const settings = ["--target-dir", target, "--profile", "filter", "--target", "wasm32-wasip1"];
  const packages = ["-p", "llm_gateway", "-p", "prompt_gateway"];
  await runCargo(["build", "--locked", ...settings, ...packages], crates, environment);
  const folder = join(target, filterFolder);
  return {
    llmGateway: join(folder, "llm_gateway.wasm"),
    promptGateway: join(folder, "prompt_gateway.wasm"),
  };
}
