import type { SocketAddress } from "../../gateway-config.ts";

/** Where the parts of a gateway with Envoy in front are. Folders and files by absolute paths. */
export interface EnvoyDeployment {
  /** The filters, compiled for wasm32-wasip1. */
  readonly filters: { readonly llmGateway: string; readonly promptGateway: string };
  /** The native server that Envoy passes on to it what the filters leave alone. */
  readonly brightstaff: SocketAddress;
  readonly admin: SocketAddress;
  /** Envoy watches the files in here, which brightstaff writes. */
  readonly discoveryFolder: string;
  /** Access logs are written here; without it to standard output. */
  readonly logFolder?: string;
  /** Certificates of the authorities that providers are trusted by, unless the configuration names others. */
  readonly caFile: string;
}

/** What Envoy is rendered from. */
export interface EnvoyInput {
  readonly deployment: EnvoyDeployment;
  /** Values of the variables that addresses of providers refer to. */
  readonly variables: Readonly<Record<string, string>>;
}
