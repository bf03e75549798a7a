import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayConfig } from "@plano/config/gateway";
import { AppError, describeCause } from "@plano/errors";

/** Longest wait for ports that no living process seems to have. */
const RELEASE_WAIT_MS = 1_000;

/** A place that the data plane is going to listen at. */
export interface ListenPlace {
  readonly label: string;
  readonly address: string;
  readonly port: number;
}

/** Every place that a gateway of this configuration listens at. */
export function listenPlaces({ listeners, metrics }: GatewayConfig): ListenPlace[] {
  const places = listeners.map(({ name, address, port }) => ({ label: `listener ${name}`, address, port }));
  return [...places, { label: "metrics", ...metrics }];
}

/**
 * Tries to listen at a place. Resolves to undefined if that works, else to the system's error.
 * The data plane shares its ports among its own threads, so it could share one with a stranger unawares.
 */
export function probePort({ address, port }: ListenPlace): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(error));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** This place, or one beside it that is free where its port is taken or one of those `kept` for others. */
export async function freePlace(
  wanted: { readonly address: string; readonly port: number },
  kept: ReadonlySet<number> = new Set(),
) {
  const { address } = wanted;
  for (const port of [wanted.port, 0, 0, 0]) {
    const found = await tryPort(address, port);
    if (found !== undefined && !kept.has(found)) return { address, port: found };
  }
  return wanted;
}

function tryPort(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host, port, exclusive: true }, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" ? bound?.port : undefined));
    });
  });
}

/**
 * Throws an AppError that names the first place that cannot be had, and who has it.
 * A process that was just killed gives its ports up a moment after its end is seen: such ports are waited for.
 */
export async function requireFreePorts(places: readonly ListenPlace[]): Promise<void> {
  const deadline = Date.now() + RELEASE_WAIT_MS;
  for (const place of places) {
    let error = await probePort(place);
    while (error?.code === "EADDRINUSE" && portOwner(place.port) === undefined && Date.now() < deadline) {
      await sleep(20);
      error = await probePort(place);
    }
    if (error !== undefined) throw portError(place, error);
  }
}

function portError({ label, address, port }: ListenPlace, cause: NodeJS.ErrnoException): AppError {
  if (cause.code !== "EADDRINUSE") {
    return new AppError(`cannot listen on ${address}:${port} (${label}): ${describeCause(cause)}`, {
      code: "listen-failed",
      cause,
    });
  }
  const owner = portOwner(port);
  const by = owner === undefined ? "another program" : `${owner.name} (pid ${owner.pid})`;
  const change =
    label === "metrics"
      ? "set METRICS_BIND_ADDRESS to another address:port"
      : "choose another port in the configuration";
  return new AppError(`port ${port} (${label}) is in use by ${by}`, {
    code: "port-in-use",
    cause,
    hint: `Stop that program, or ${change}.`,
  });
}

/** The process that listens on a port, if the system tells (Linux, own processes). */
function portOwner(port: number): { readonly pid: number; readonly name: string } | undefined {
  const sockets = new Set(["tcp", "tcp6"].flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of directory("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of directory(`/proc/${pid}/fd`)) {
      const target = linkTarget(`/proc/${pid}/fd/${descriptor}`);
      if (sockets.has(target)) return { pid: Number(pid), name: commandName(pid) };
    }
  }
  return undefined;
}

function listeningSockets(table: string, port: number): string[] {
  const listening = "0A";
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return text(`/proc/net/${table}`)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hexPort}`) && fields[3] === listening)
    .map((fields) => `socket:[${fields[9]}]`);
}

function commandName(pid: string): string {
  return text(`/proc/${pid}/comm`).trim() || "a program";
}

function directory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
