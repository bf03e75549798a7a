import { createServer } from "node:http";
import { AppError, describeCause } from "@plano/errors";

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: () => string;
  /** Why the daemon is not ready, or undefined. */
  readonly notReady: () => Promise<string | undefined>;
}

/** Serves `/healthz`, `/readyz` and `/metrics`. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens; throws an `AppError` if the address cannot be had. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host, port, metrics, notReady } = options;
  const answer = async (path: string): Promise<readonly [status: number, text: string]> => {
    if (path === "/healthz") return [200, "ok\n"];
    if (path === "/metrics") return [200, metrics()];
    if (path !== "/readyz") return [404, "not found\n"];
    const reason = await notReady();
    return reason === undefined ? [200, "ready\n"] : [503, `${reason}\n`];
  };
  const server = createServer((request, response) => {
    answer(request.method === "GET" ? (request.url ?? "") : "").then(
      ([status, text]) => {
        response.writeHead(status, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
        response.end(text);
      },
      (error: unknown) => {
        response.writeHead(500);
        response.end(`${error}\n`);
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new AppError(`cannot listen on ${host}:${port} (metrics_listen): ${describeCause(cause)}`, {
          code: "metrics-listen",
          cause,
          hint: "Set metrics_listen in the [runner] section to another HOST:PORT, or remove it.",
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  server.unref();
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
