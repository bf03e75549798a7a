import { isLoopbackUrl } from "@plano/protocol";

/** The name under which a container reaches the machine that it runs on. */
const machine = "host.docker.internal";

/** Where a server listens, and on what kind of machine. */
export interface Listening {
  /** The URL for programs on this machine. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Whether it listens on the address of Docker's bridge, too. */
  readonly onBridge: boolean;
  /** As in `process.platform`. */
  readonly platform: string;
}

/** The URL under which agents in containers on this machine reach the server; one of loopback if they cannot. */
export function agentUrlOf({ url, host, port, onBridge, platform }: Listening): string {
  // Docker Desktop leads the name to loopback. On Linux it is the bridge's address.
  const isReached = onBridge || host === "0.0.0.0" || host === "::" || platform !== "linux";
  return isReached && (isLoopbackUrl(url) || host === "0.0.0.0" || host === "::")
    ? `http://${machine}:${port}`
    : url;
}

/**
 * This machine's address on Docker's bridge, from the text of `/proc/net/route`; undefined without a bridge. The
 * list of interfaces would leave out a bridge that no container is on. Docker takes the network's first address
 * unless it is told otherwise.
 */
export function bridgeAddress(routes: string): string | undefined {
  for (const line of routes.split("\n")) {
    const [name, destination = ""] = line.split(/\s+/);
    if (name !== "docker0" || !/^[0-9A-F]{8}$/.test(destination) || destination === "00000000") continue;
    const [last = 0, ...rest] = Buffer.from(destination, "hex");
    return [...rest.reverse(), last + 1].join(".");
  }
  return undefined;
}
