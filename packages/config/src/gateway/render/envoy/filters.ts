import type { GatewayConfig } from "../../gateway-config.ts";
import { requiredVariables } from "../../required-variables.ts";
import { compiledTree } from "../compiled.ts";
import { extension, typed } from "./any.ts";
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
const unbrotli = extension("brotli", "extensions.compression.brotli.decompressor.v3.Brotli", {
  chunk_size: 8192,
});
/** A smaller window than a sender may use would cut its text short. */
const gunzip = extension("gzip", "extensions.compression.gzip.decompressor.v3.Gzip", {
  window_bits: 15,
  chunk_size: 8192,
  max_inflate_ratio: 1000,
});

/** Compresses answers for clients that ask for it; never streams of events, which would wait for one another. */
export const compressors = [compressor("brotli_compressor", brotli), compressor("gzip_compressor", gzip)];

function compressor(name: string, library: object) {
  return extension(`${http}.${name}`, "extensions.filters.http.compressor.v3.Compressor", {
    compressor_library: library,
    response_direction_config: { common_config: { content_type: ["application/json", "text/plain"] } },
  });
}

/** Unpacks what clients send, ahead of the filter that reads it. */
export const requestDecompressors = [
  decompressor("gzip_request", gunzip, "response"),
  decompressor("brotli_request", unbrotli, "response"),
];

/** Unpacks what providers send though nobody asked for it packed; stands after the filter, which reads it then. */
export const replyDecompressors = [
  decompressor("gzip_reply", gunzip, "request"),
  decompressor("brotli_reply", unbrotli, "request"),
];

function decompressor(name: string, library: object, except: "request" | "response") {
  const off = { common_config: { enabled: { default_value: false, runtime_key: `plano.${name}` } } };
  return extension(`${http}.${name}`, "extensions.filters.http.decompressor.v3.Decompressor", {
    decompressor_library: library,
    request_direction_config: { advertise_accept_encoding: false, ...(except === "request" ? off : {}) },
    ...(except === "response" ? { response_direction_config: off } : {}),
  });
}

/**
 * The filter that speaks to providers. It is configured with the rendered configuration as JSON; secrets stay
 * references, whose variables it may read.
 */
export function llmGateway(config: GatewayConfig, { filters }: EnvoyDeployment): object {
  const variables = requiredVariables(config).map(({ name }) => name);
  return wasm("wasm_llm", "llm_gateway", filters.llmGateway, JSON.stringify(compiledTree(config)), variables);
}

/** The filter in front of prompt listeners. */
export function promptGateway({ filters }: EnvoyDeployment): object {
  return wasm("wasm_prompt", "prompt_gateway", filters.promptGateway, "", []);
}

function wasm(name: string, root: string, filename: string, configuration: string, variables: string[]) {
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
      configuration: typed("google.protobuf.StringValue", { value: configuration }),
    },
  });
}
