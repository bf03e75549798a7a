import type { AddressInfo } from "node:net";
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import { AppError } from "@plano/errors";
import { describeConnection } from "./describe-connection.ts";

type Fetch = Parameters<typeof createAdaptorServer>[0]["fetch"];

/** Sockets that take calls. They answer only when they are told how; who calls before waits. */
export interface Listener {
  /** Listens on an address; port 0 takes any. Rejects with an AppError if it cannot. */
  listen(host: string, port: number): Promise<AddressInfo>;
  answer(fetch: Fetch): void;
  /** Lets calls in flight finish for a moment. */
  close(): Promise<void>;
}

/** How long calls in flight may take once the server stops, in milliseconds. */
const drainLimit = 5_000;

export function createListener(): Listener {
  let answer: (fetch: Fetch) => void = () => {};
  const ready = new Promise<Fetch>((resolve) => {
    answer = resolve;
  });
  let fetch: Fetch | undefined;
  const open = () =>
    createAdaptorServer({
      fetch: async (request, ...rest) => {
        fetch ??= await ready;
        return fetch(request, ...rest);
      },
      serverOptions: {
        // Longer than clients and balancers keep idle connections, so that it is not the server who hangs up.
        keepAliveTimeout: 75_000,
        headersTimeout: 80_000,
        requestTimeout: 120_000,
        noDelay: true,
      },
    });
  const servers: ServerType[] = [];
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        const server = open();
        server.once("error", (cause) =>
          reject(
            new AppError(`cannot listen on ${host}:${port}: ${describeConnection(cause)}`, {
              code: "cannot-listen",
              cause,
              hint: "Choose another address with --listen HOST:PORT.",
            }),
          ),
        );
        server.listen(port, host, () => {
          servers.push(server);
          resolve(server.address() as AddressInfo);
        });
      }),
    answer: (fetch) => answer(fetch),
    close: async () => void (await Promise.all(servers.map(closeServer))),
  };
}

async function closeServer(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  if (!("closeIdleConnections" in server)) return closed;
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const forced = setTimeout(() => server.closeAllConnections(), drainLimit);
  server.closeIdleConnections();
  await closed;
  clearInterval(idle);
  clearTimeout(forced);
}
