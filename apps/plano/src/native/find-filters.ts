import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";

/** The compiled filters of Envoy, by absolute paths. */
export interface Filters {
  readonly llmGateway: string;
  readonly promptGateway: string;
}

/** Where cargo puts them, below its target folder. */
export const filterFolder = join("wasm32-wasip1", "filter");

/** The filters installed beside this program, or built in its checkout. */
export function findFilters({ programFolder }: Context): Filters {
  const folders = [
    join(programFolder, "filters"),
    join(programFolder, "..", "..", "crates", "target", filterFolder),
  ];
  for (const folder of folders) {
    const filters = {
      llmGateway: join(folder, "llm_gateway.wasm"),
      promptGateway: join(folder, "prompt_gateway.wasm"),
    };
    if (existsSync(filters.llmGateway) && existsSync(filters.promptGateway)) return filters;
  }
  throw new AppError("Envoy's filters are not built", {
    code: "no-filters",
    hint: [
      "Looked for llm_gateway.wasm and prompt_gateway.wasm in:",
      ...folders.map((folder) => `  ${folder}`),
      "Build them with: planoai build --native",
    ].join("\n"),
  });
}
