import { type Filter, type Sections, sectionKeys } from "./gateway-config.ts";
import type { CompleteConfig, Filter as WrittenFilter } from "./generated/complete-config.ts";

/** The parts of a file that are used as they are. What only tools of MCP servers have stays with those. */
export function settleSections(config: CompleteConfig): Sections {
  const present = sectionKeys.filter((key) => config[key] !== undefined);
  const sections: Sections = Object.fromEntries(present.map((key) => [key, config[key]]));
  return config.filters === undefined ? sections : { ...sections, filters: config.filters.map(settleFilter) };
}

function settleFilter({ id, url, type, transport, tool }: WrittenFilter): Filter {
  return type === "mcp" ? { id, url, type, transport, tool: tool ?? id } : { id, url, type };
}
