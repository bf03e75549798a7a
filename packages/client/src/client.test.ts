import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { runnerQueueSchema } from "@plano/protocol";
import { afterEach, expect, test } from "vitest";
import { createClient } from "./client.ts";
import { changeVersioned } from "./conflict.ts";
import { ApiError, ConnectionError, isTransient } from "./errors.ts";
import { createNodeTransport, type NodeTransport } from "./node-transport.ts";
import { listItems } from "./pages.ts";
import { withRetry } from "./retry.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function transport(options = {}): NodeTransport {
  const made = createNodeTransport(options);
  closing.push(() => made.close());
  return made;
}

async function clientFor(listener: RequestListener, options = {}) {
  return createClient({
    url: `${await listen(listener)}/`,
    token: "p42r_x",
    transport: transport().send,
    ...options,
  });
}

function json(response: ServerResponse, status: number, body: unknown, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return (await request.toArray()).join("");
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const ids = { tenantId: "T", runnerId: "R", queueId: "Q" };
const queue = {
  TenantID: "T",
  RunnerID: "R",
  QueueID: "Q",
  PublicKey: "pem",
  CreatedAt: "2026-11-21T08:15:54.741459516Z",
  Version: 1,
};

test("a call is sent as the reference sends it", async () => {
  let seen: unknown;
  const client = await clientFor(async (request, response) => {
    const { authorization, accept, "if-match": ifMatch, "content-type": type } = request.headers;
    seen = [request.method, request.url, authorization, accept, ifMatch, type, await bodyOf(request)];
    json(response, 200, { ...queue, version: 8 });
  });
  const result = await client.call("updateRunnerQueue", {
    path: ids,
    ifMatch: 7,
    body: { IsHealthy: false, Draining: true },
  });
  expect(result.Version).toBe(1);
  expect(seen).toEqual([
    "PATCH",
    "/v1/tenants/T/runners/R/queues/Q",
    "APIToken p42r_x",
    "application/json",
    "7",
    "application/json",
    '{"IsHealthy":false,"Draining":true}',
  ]);
});

test("queries are written in order and without what is not set", async () => {
  let url = "";
  const client = await clientFor((request, response) => {
    url = request.url ?? "";
    json(response, 200, { items: null });
  });
  const query = { runnerID: "R", tenantID: "T&", includeHealthy: true, token: undefined };
  expect(await client.call("listRunnerQueues", { path: {}, query })).toEqual({ Items: [] });
  expect(url).toBe("/v1/runner-queues?includeHealthy=true&runnerID=R&tenantID=T%26");
});

test("a refusal carries what the server said", async () => {
  const client = await clientFor((_request, response) =>
    json(response, 409, {
      ResponseCode: 409,
      Message: "version mismatch",
      ErrorType: "Conflict",
      Current: queue,
    }),
  );
  const error = await client.call("getRunnerQueue", { path: ids }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 409, errorType: "Conflict", code: "conflict" });
  expect(error.message).toBe("asking for the queue: the server answered 409: version mismatch");
});

test("a page of a proxy is an error of its status", async () => {
  const client = await clientFor(
    (_request, response) => void response.writeHead(503, { "retry-after": "2" }).end("<h1>"),
  );
  const error = await client.call("getRunnerQueue", { path: ids }).catch((thrown) => thrown);
  expect(error).toMatchObject({ status: 503, retryAfter: 2000, errorType: undefined });
  expect(isTransient(error)).toBe(true);
});

test.each([
  ["no JSON", "<html>", "it is no JSON"],
  ["another object", '{"TenantID":7}', "TenantID: Invalid input: expected string, received number"],
])("an answer of 200 that is %s is not understood", async (_name, text, reason) => {
  const client = await clientFor((_request, response) => void response.end(text));
  await expect(client.call("getRunnerQueue", { path: ids })).rejects.toThrow(reason);
});

test("a server that says nothing runs into the deadline", async () => {
  const client = await clientFor(() => {}, { deadline: 100 });
  const error = await client.call("getRunnerQueue", { path: ids }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.message).toBe("asking for the queue: no answer within the time limit");
});

test("an answer that stops half-way runs into the deadline, too", async () => {
  const client = await clientFor((_request, response) => void response.writeHead(200).write("{"), {
    deadline: 100,
  });
  await expect(client.call("getRunnerQueue", { path: ids })).rejects.toThrow(
    "no answer within the time limit",
  );
});

test("the caller's signal ends a call with the caller's reason", async () => {
  const client = await clientFor(() => {});
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("enough")), 50);
  await expect(client.call("getRunnerQueue", { path: ids, signal: stop.signal })).rejects.toThrow("enough");
});

test("nobody there and a connection that is reset are told and worth another attempt", async () => {
  const client = createClient({ url: "http://127.0.0.1:9", token: "t", transport: transport().send });
  const refused = await client.call("getRunnerQueue", { path: ids }).catch((thrown) => thrown);
  expect(refused.message).toBe("asking for the queue: nothing listens there");
  const resetting = await clientFor((request) => void request.socket.resetAndDestroy());
  const reset = await resetting.call("getRunnerQueue", { path: ids }).catch((thrown) => thrown);
  expect(reset.message).toBe("asking for the queue: the connection broke off");
  expect([refused, reset].map(isTransient)).toEqual([true, true]);
});

test("attempts go on through failures that pass and stop at one that does not", async () => {
  let count = 0;
  const client = await clientFor((_request, response) => {
    count += 1;
    if (count === 1) json(response, 429, {}, { "retry-after": "0.05" });
    else if (count === 2) json(response, 503, {});
    else json(response, 200, queue);
  });
  const get = () => client.call("getRunnerQueue", { path: ids });
  expect(await withRetry(get, { minimum: 1 })).toMatchObject({ QueueID: "Q" });
  expect(count).toBe(3);
  const forbidden = await clientFor((_request, response) => {
    count += 1;
    json(response, 403, {});
  });
  await expect(withRetry(() => forbidden.call("getRunnerQueue", { path: ids }))).rejects.toThrow("403");
  expect(count).toBe(4);
});

test("a change is made again on the version that a conflict shows, not for ever", async () => {
  const versions: (string | undefined)[] = [];
  const client = await clientFor((request, response) => {
    versions.push(request.headers["if-match"]?.toString());
    if (versions.length < 3)
      json(response, 409, { ResponseCode: 409, Current: { ...queue, Version: 7 + versions.length } });
    else json(response, 200, { ...queue, Version: 10 });
  });
  const mark = (limit: number) =>
    changeVersioned(runnerQueueSchema.parse(queue), {
      schema: runnerQueueSchema,
      attempts: limit,
      change: ({ Version }) =>
        client.call("updateRunnerQueue", { path: ids, ifMatch: Version, body: { IsHealthy: false } }),
    });
  expect((await mark(5)).Version).toBe(10);
  expect(versions).toEqual(["1", "8", "9"]);
  versions.length = 0;
  await expect(mark(2)).rejects.toThrow("409");
});

test("all pages of a list are read, a circle is noticed", async () => {
  const client = await clientFor((request, response) => {
    const token = new URL(request.url ?? "", "http://x").searchParams.get("token");
    if (token === null) json(response, 200, { Items: ["alpha"], NextToken: "2" });
    else if (token === "2") json(response, 200, { Items: ["beta"], NextToken: null });
    else json(response, 200, { Items: [], NextToken: token });
  });
  const path = { tenantId: "T", connectionId: "X" };
  expect(await collect(listItems(client, "listOrgs", { path }))).toEqual(["alpha", "beta"]);
  const circle = listItems(client, "listOrgs", { path, query: { token: "round" } });
  await expect(collect(circle)).rejects.toThrow("circle");
});

test("a token that is a function is asked at each call", async () => {
  const seen: (string | undefined)[] = [];
  let token = "p42r_old";
  const client = await clientFor(
    (request, response) => {
      seen.push(request.headers.authorization);
      json(response, 200, queue);
    },
    { token: () => token },
  );
  await client.call("getRunnerQueue", { path: ids });
  token = "p42r_new";
  await client.call("getRunnerQueue", { path: ids });
  expect(seen).toEqual(["APIToken p42r_old", "APIToken p42r_new"]);
});
