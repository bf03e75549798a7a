import { extension, typed, watchedFile } from "./any.ts";
import type { EnvoyDeployment } from "./deployment.ts";

const http = "envoy.filters.http";

/** Routes the request; adds no headers of its own to it. */
export const router = extension(`${http}.router`, "extensions.filters.http.router.v3.Router", {
  suppress_envoy_headers: true,
});

const brotli = extension("brotli", "extensions.compression.brotli.compressor.v3.Brotli", {
  chunk_size: 8192,
});
const gzip = extension("gzip", "extensions.compression.gzip.compressor.v3.Gzip", {
  memory_level: 3,
  window_bits: 10,
});
const compressible = [{ prefix: "application/json" }, { prefix: "text/plain" }];

/** Compresses answers for clients that ask for it; never streams of events, which would wait for one another. */
export const compressors = [compressor("brotli_compressor", brotli), compressor("gzip_compressor", gzip)];

function compressor(name: string, library: object) {
  return extension(`${http}.${name}`, "extensions.filters.http.compressor.v3.Compressor", {
    compressor_library: library,
    response_direction_config: { common_config: { content_type_matcher: compressible } },
  });
}

/** The name that the filter of model calls is asked for by. */
export const llmGatewayName = "llm_gateway";

/**
 * The filter that speaks to providers. Its configuration is filled in by brightstaff, sealed: it holds the values
 * of secrets.
 */
export function llmGateway({ filters }: EnvoyDeployment): object {
  return wasm("wasm_llm", llmGatewayName, filters.llmGateway, [sealingKey]);
}

/** The same where Envoy watches a file for it: another configuration of the filter closes no connection. */
export function discoveredLlmGateway(path: string): object {
  return {
    name: llmGatewayName,
    config_discovery: {
      config_source: watchedFile(path),
      type_urls: ["type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"],
    },
  };
}

/** The filter in front of prompt listeners. */
export function promptGateway({ filters }: EnvoyDeployment): object {
  return wasm("wasm_prompt", "prompt_gateway", filters.promptGateway, []);
}

/** The variable by which brightstaff tells Envoy's filters what their configuration is sealed with. */
const sealingKey = "PLANO_SEALING_KEY";

function wasm(name: string, root: string, filename: string, variables: readonly string[]) {
  return extension(`${http}.${name}`, "extensions.filters.http.wasm.v3.Wasm", {
    config: {
      name: root,
      root_id: root,
      // After a fault the next request gets a fresh one.
      failure_policy: "FAIL_RELOAD",
      // A request is held back by its headers while its body is read.
      allow_on_headers_stop_iteration: true,
      vm_config: {
        vm_id: root,
        runtime: "envoy.wasm.runtime.v8",
        code: { local: { filename } },
        ...(variables.length === 0 ? {} : { environment_variables: { host_env_keys: variables } }),
      },
      configuration: typed("google.protobuf.StringValue", { value: "" }),
    },
  });
}
