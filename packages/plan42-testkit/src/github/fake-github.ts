import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { GithubData } from "./data.ts";
import { answerGraphql } from "./graphql.ts";
import { answerRest } from "./rest.ts";

/** Something that goes wrong with the next request. */
export type GithubFault =
  | { readonly kind: "answer"; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: "reset" }
  | { readonly kind: "silence" };

/** A GitHub server of its own (GHES) on loopback, which refuses what the real one refuses. */
export interface FakeGithub {
  /** As people see it, without a path. */
  readonly url: string;
  /** `METHOD path?query` of each request. */
  readonly requests: readonly string[];
  /** The next requests go wrong, one each. */
  fail(...faults: readonly GithubFault[]): void;
  close(): Promise<void>;
}

export async function startFakeGithub(data: GithubData): Promise<FakeGithub> {
  const requests: string[] = [];
  const faults: GithubFault[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const fault = faults.shift();
    if (fault?.kind === "reset") request.socket.resetAndDestroy();
    else if (fault?.kind === "answer") {
      send(response, fault.status, { message: "the fake was told to fail" }, fault.headers);
    } else if (fault === undefined) {
      answer(data, request, response).catch((error: unknown) => {
        send(response, 500, { message: String(error) });
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (...more) => {
      faults.push(...more);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(data: GithubData, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
  if (!request.headers["user-agent"]) {
    return send(response, 403, { message: "Request forbidden by administrative rules." });
  }
  const token = /^(?:Bearer|token) (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const login = token === undefined ? undefined : data.tokens[token];
  if (login === undefined) return send(response, 401, { message: "Bad credentials", status: "401" });

  if (url.pathname === "/api/graphql") {
    if (request.method !== "POST") return send(response, 404, { message: "Not Found" });
    return send(response, 200, await answerGraphql(data, JSON.parse(await readBody(request))));
  }
  if (request.method !== "GET" || !url.pathname.startsWith("/api/v3/")) {
    return send(response, 404, { message: "Not Found" });
  }
  if (!request.headers.accept?.includes("application/vnd.github")) {
    return send(response, 415, { message: "Unsupported 'Accept' header" });
  }
  const { status, body, link } = answerRest(data, url, url.pathname.slice("/api/v3".length), login);
  send(response, status, body, link === undefined ? {} : { Link: link });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(body));
}
