import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fakeToken } from "@plano/plan42-testkit";

/** The part of the Plan42 service that a set-up asks: a runner's connections to GitHub, two a page. */
export interface FakeService {
  readonly url: string;
  readonly token: string;
  readonly runnerId: string;
  connections: { readonly ConnectionID: string; readonly Name?: string; readonly RunnerID?: string }[];
  /** A status other than 200 for all requests. */
  status: number;
  /** Requests wait until it is resolved. */
  gate: Promise<void>;
  /** Path and query of the requests. */
  readonly requests: string[];
  /** Requests whose caller did not wait for the answer. */
  abandoned: number;
  close(): Promise<void>;
}

export async function startFakeService(tls?: { key: string; cert: string }): Promise<FakeService> {
  const runnerId = "runner-1";
  const token = fakeToken("p42r", { sub: "tenant-1", runner_id: runnerId });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    service.requests.push(request.url ?? "");
    let isAnswered = false;
    response.once("close", () => {
      if (!isAnswered) service.abandoned += 1;
    });
    await service.gate;
    isAnswered = true;
    const url = new URL(request.url ?? "", "http://service");
    const isRight =
      request.headers.authorization === `APIToken ${token}` &&
      url.pathname === "/v1/tenants/tenant-1/github-connections" &&
      url.searchParams.get("private") === "true";
    const status = isRight ? service.status : 403;
    const first = Number(url.searchParams.get("token") ?? 0);
    const next = first + 2 < service.connections.length ? { NextToken: String(first + 2) } : {};
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(
      JSON.stringify(
        status === 200
          ? { Items: service.connections.slice(first, first + 2).map(complete), ...next }
          : { ResponseCode: status, Message: "no", ErrorType: "Forbidden" },
      ),
    );
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response);
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const complete = (connection: FakeService["connections"][number]) => ({
    TenantID: "tenant-1",
    Private: true,
    RunnerID: runnerId,
    CreatedAt: "2026-01-01T00:00:00Z",
    UpdatedAt: "2026-01-01T00:00:00Z",
    Version: 1,
    ...connection,
  });
  const service: FakeService = {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    token,
    runnerId,
    connections: [],
    status: 200,
    gate: Promise.resolve(),
    requests: [],
    abandoned: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return service;
}
