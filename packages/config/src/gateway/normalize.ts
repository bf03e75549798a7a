import { parseDuration } from "./duration.ts";
import type { AwsCredentials, Overrides, SocketAddress } from "./gateway-config.ts";
import type {
  ModelAlias,
  TrafficListener,
  WrittenConfig,
  Listener as WrittenListener,
  ModelProvider as WrittenProvider,
} from "./generated/written-config.ts";
import type { Path } from "./problem.ts";
import { findProvider, type KnownProvider } from "./provider-table.ts";

/**
 * A written configuration in today's spelling with its defaults, not yet known to make sense.
 * Every part keeps the path it was written at.
 */
export interface Draft {
  readonly listeners: readonly DraftListener[];
  readonly metrics: SocketAddress;
  readonly providers: readonly DraftProvider[];
  readonly providersPath: Path;
  /** Whether the older and the newer provider key are both there. */
  readonly hasBothProviderKeys: boolean;
  readonly aliases: readonly { readonly name: string; readonly target: string; readonly path: Path }[];
  readonly tracing: { readonly randomSampling: number } | undefined;
  readonly overrides: Overrides;
}

interface DraftListener extends SocketAddress {
  readonly name: string;
  readonly timeout: number;
  readonly path: Path;
}

export interface DraftProvider {
  readonly path: Path;
  readonly name: string;
  /** `provider/model` with blanks trimmed, as the file spells it. */
  readonly fullModel: string;
  /** The part before the first `/`; undefined when there is none. */
  readonly prefix: string | undefined;
  /** The part after the first `/`. */
  readonly modelId: string;
  readonly isWildcard: boolean;
  /** The provider that `prefix` names. */
  readonly known: KnownProvider | undefined;
  /** The provider that `provider_interface` names. */
  readonly declaredInterface:
    | { readonly written: string; readonly known: KnownProvider | undefined }
    | undefined;
  readonly isDefault: boolean;
  readonly accessKey: string | undefined;
  readonly passthroughAuth: boolean;
  readonly baseUrl: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly aws: AwsCredentials | undefined;
}

const defaultAddress = "127.0.0.1";
const defaultPort = 12000;
const second = 1000;
const defaultListenerTimeout = 300 * second;

/** Where metrics are served unless the caller says otherwise. */
export const defaultMetrics: SocketAddress = { address: defaultAddress, port: 9092 };

/** Settles older spellings and fills in defaults. Expects a shape that the schema accepts. */
export function normalize(written: WrittenConfig, metrics: SocketAddress): Draft {
  const providersKey = written.model_providers ? "model_providers" : "llm_providers";
  const providers = written.model_providers ?? written.llm_providers ?? [];
  return {
    listeners: normalizeListeners(written.listeners),
    metrics,
    providers: providers.map((provider, index) => normalizeProvider(provider, [providersKey, index])),
    providersPath:
      written.llm_providers && !written.model_providers ? ["llm_providers"] : ["model_providers"],
    hasBothProviderKeys: written.model_providers !== undefined && written.llm_providers !== undefined,
    aliases: Object.entries<ModelAlias>(written.model_aliases ?? {}).map(([name, { target }]) => ({
      name,
      target,
      path: ["model_aliases", name, "target"],
    })),
    tracing: written.tracing && { randomSampling: written.tracing.random_sampling ?? 0 },
    overrides: normalizeOverrides(written.overrides ?? {}),
  };
}

function normalizeListeners(written: WrittenConfig["listeners"]): DraftListener[] {
  const legacyName = "egress_traffic";
  if (!Array.isArray(written)) {
    return [normalizeListener(written?.egress_traffic ?? {}, legacyName, ["listeners", legacyName])];
  }
  const listeners = written.map((listener, index) => ({ listener, path: ["listeners", index] }));
  const models = listeners.filter(({ listener }) => listener.type === "model");
  if (models.length === 0) return [normalizeListener({}, legacyName, ["listeners"])];
  return models.map(({ listener, path }) => normalizeListener(listener, listener.name, path));
}

function normalizeListener(
  written: WrittenListener | TrafficListener,
  name: string,
  path: Path,
): DraftListener {
  return {
    name,
    address: written.address === "localhost" ? defaultAddress : (written.address ?? defaultAddress),
    port: written.port ?? defaultPort,
    timeout: milliseconds(written.timeout, defaultListenerTimeout),
    path,
  };
}

function normalizeProvider(written: WrittenProvider, path: Path): DraftProvider {
  const segments = written.model.split("/").map((segment) => segment.trim());
  const prefix = segments.length > 1 ? segments[0] : undefined;
  const declared = written.provider_interface;
  return {
    path,
    name: written.name ?? segments.join("/"),
    fullModel: segments.join("/"),
    prefix,
    modelId: segments.slice(1).join("/"),
    isWildcard: segments.at(-1) === "*",
    known: prefix === undefined ? undefined : findProvider(prefix),
    declaredInterface:
      declared === undefined ? undefined : { written: declared, known: findProvider(declared) },
    isDefault: written.default ?? false,
    accessKey: written.access_key,
    passthroughAuth: written.passthrough_auth ?? false,
    baseUrl: written.base_url,
    headers: written.headers ?? {},
    aws: written.aws && {
      region: written.aws.region,
      accessKeyId: written.aws.access_key_id,
      secretAccessKey: written.aws.secret_access_key,
      sessionToken: written.aws.session_token,
    },
  };
}

function normalizeOverrides(written: NonNullable<WrittenConfig["overrides"]>): Overrides {
  return {
    maxRequestBodyBytes: written.max_request_body_bytes ?? 32 * 1024 * 1024,
    drainTimeout: milliseconds(written.drain_timeout, 30 * second),
    upstreamConnectTimeout: milliseconds(written.upstream_connect_timeout, 5 * second),
    upstreamFirstByteTimeout: milliseconds(written.upstream_first_byte_timeout, 300 * second),
    upstreamIdleTimeout: milliseconds(written.upstream_idle_timeout, 300 * second),
    upstreamTlsCaPath: written.upstream_tls_ca_path,
    onUnsupported: written.on_unsupported ?? "warn",
    fetchMedia: written.fetch_media ?? "public",
  };
}

function milliseconds(written: string | number | undefined, fallback: number): number {
  return (written === undefined ? undefined : parseDuration(written)) ?? fallback;
}
