/** A gateway configuration with every name settled and every default filled in. Times are milliseconds. */
export interface GatewayConfig {
  readonly listeners: readonly Listener[];
  readonly metrics: SocketAddress;
  readonly providers: readonly ModelProvider[];
  /** Alias → model id or `provider/model`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Undefined when the file has no `tracing`. */
  readonly tracing: { readonly randomSampling: number } | undefined;
  readonly overrides: Overrides;
}

export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

export interface Listener extends SocketAddress {
  readonly name: string;
  /** Longest time a request may take as a whole. */
  readonly timeout: number;
}

/** One model of one provider, or all its models. */
export interface ModelProvider {
  readonly name: string;
  /** The id that the provider knows the model by; `*` stands for all. */
  readonly model: string;
  /** Id of an entry of config/providers.json. */
  readonly providerInterface: string;
  readonly isDefault: boolean;
  /** As written: a reference, or the key itself. */
  readonly accessKey: string | undefined;
  readonly passthroughAuth: boolean;
  /** As written; undefined means the provider's usual address. */
  readonly baseUrl: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests are signed with these instead of carrying a key. */
  readonly aws: AwsCredentials | undefined;
}

/** What AWS requests are signed with, as written: references, or the values themselves. */
export interface AwsCredentials {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

export interface Overrides {
  readonly maxRequestBodyBytes: number;
  readonly drainTimeout: number;
  readonly upstreamConnectTimeout: number;
  readonly upstreamFirstByteTimeout: number;
  readonly upstreamIdleTimeout: number;
  readonly upstreamTlsCaPath: string | undefined;
  /** What happens to parts of a request that a provider has no place for. */
  readonly onUnsupported: "warn" | "reject" | "drop";
  /** Whether media by URL is fetched for providers that take it inline only. */
  readonly fetchMedia: "public" | "any" | "off";
}
