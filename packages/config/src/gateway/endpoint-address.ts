/** Where a named HTTP service is reached. */
export interface EndpointAddress {
  readonly host: string;
  /** Undefined for the usual one of the protocol. */
  readonly port: number | undefined;
  /** Undefined when the address does not say. */
  readonly protocol: "http" | "https" | undefined;
}

/** Reads `host`, `host:port`, `[::1]:port` or `http://host:port`; undefined if it is none of these. */
export function parseEndpoint(written: string): EndpointAddress | undefined {
  const match = /^(?:(https?):\/\/)?(\[[\da-fA-F:.]+\]|[A-Za-z\d._-]+)(?::(\d{1,5}))?\/?$/.exec(
    written.trim(),
  );
  const [, protocol, host, digits] = match ?? [];
  if (host === undefined) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65535)) return undefined;
  return {
    host: host.replace(/^\[|\]$/g, ""),
    port,
    protocol: protocol === "http" || protocol === "https" ? protocol : undefined,
  };
}

/** The port that a protocol has when none is given. */
export function usualPort(protocol: "http" | "https"): number {
  return protocol === "https" ? 443 : 80;
}
