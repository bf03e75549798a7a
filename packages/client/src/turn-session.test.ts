import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { turnSchema } from "@plano/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient } from "./client.ts";
import { streamTurnLogs } from "./log-stream.ts";
import { createLogUploader } from "./log-uploader.ts";
import { openTurn } from "./turn-session.ts";

/** One turn with its log, as a server keeps it. */
const state = { status: "Pending", version: 1, logs: [] as { Timestamp: string; Message: string }[] };
const requests: string[] = [];
/** Whether a turn that has ended still takes log entries. */
let takesLateLogs = false;
/** Answers to lose after the work is done, or statuses to give in place of it. */
let faults: ("lose" | number)[] = [];
let server: Server;
let url = "";

const turn = () => ({
  TenantId: "T",
  TaskId: "K",
  TurnIndex: 1,
  Status: state.status,
  CreatedAt: "2026-11-21T08:00:00Z",
  UpdatedAt: "2026-11-21T08:00:00Z",
  Version: state.version,
});

function act(
  method: string,
  path: string,
  ifMatch: number,
  body: Record<string, unknown>,
): [number, unknown] {
  const conflict = (type = "Conflict"): [number, unknown] => [
    409,
    { ResponseCode: 409, ErrorType: type, CurrentType: "Turn", Current: turn() },
  ];
  if (method === "GET") {
    if (state.logs.length === 0) return [404, { ResponseCode: 404, ErrorType: "NotFound" }];
    return [200, { Index: state.logs.length - 1, ...state.logs.at(-1) }];
  }
  const isLate = path.endsWith("/logs") && takesLateLogs;
  if (["Completed", "Failed"].includes(state.status) && !isLate) return conflict("UpdateCompletedTurn");
  if (ifMatch !== state.version) return conflict();
  if (path.endsWith("/logs")) {
    if (body.Index !== state.logs.length) return conflict();
    state.logs.push(...(body.Logs as typeof state.logs));
  } else if (typeof body.Status === "string") state.status = body.Status;
  state.version += 1;
  return [200, path.endsWith("/logs") ? { Version: state.version } : turn()];
}

beforeEach(async () => {
  Object.assign(state, { status: "Pending", version: 1, logs: [] });
  requests.length = 0;
  takesLateLogs = false;
  faults = [];
  server = createServer(async (request, response) => {
    const text = (await request.toArray()).join("");
    const { method = "", url: path = "" } = request;
    requests.push(`${method} ${path.split("/turns/")[1]}`);
    const fault = faults.shift();
    if (typeof fault === "number") return void response.writeHead(fault).end("{}");
    const [status, answer] = act(method, path, Number(request.headers["if-match"]), JSON.parse(text || "{}"));
    if (fault === "lose") return void request.socket.destroy();
    response.writeHead(status).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const session = () => openTurn(createClient({ url, token: "p42_x" }), turnSchema.parse(turn()));
const entry = (Message: string) => ({ Timestamp: "2026-11-21T08:00:00Z", Message });

test("reports that are made at once follow one another without conflict", async () => {
  const opened = session();
  const done = [
    opened.update({ Status: "Pulling" }),
    opened.update({}),
    opened.appendLogs([entry("a")]),
    opened.update({ Status: "Completed" }),
  ];
  expect(await Promise.all(done)).toEqual([true, true, true, true]);
  expect(opened.turn).toMatchObject({ Status: "Completed", Version: 5 });
  expect(requests).toEqual(["PATCH 1", "PATCH 1", "GET 1/logs/last", "POST 1/logs", "PATCH 1"]);
});

test("a turn that another changed is changed on the newer version", async () => {
  const opened = session();
  state.version = 9;
  expect(await opened.update({ Status: "Pulling" })).toBe(true);
  expect(state).toMatchObject({ status: "Pulling", version: 10 });
});

test("a turn that another ended stays as it is", async () => {
  const opened = session();
  Object.assign(state, { status: "Failed", version: 2 });
  expect(await opened.update({ Status: "Completed" })).toBe(false);
  expect(await opened.appendLogs([entry("a")])).toBe(false);
  expect(state).toMatchObject({ status: "Failed", logs: [] });
});

test("the last lines of a turn that another ended are sent if the server takes them", async () => {
  takesLateLogs = true;
  const opened = session();
  await opened.appendLogs([entry("a")]);
  Object.assign(state, { status: "Completed", version: 7 });
  expect(await opened.update({})).toBe(false);
  expect(await opened.appendLogs([entry("b")])).toBe(true);
  expect(state.logs.map(({ Message }) => Message)).toEqual(["a", "b"]);
});

test("logs whose answer was lost are there once", async () => {
  const opened = session();
  await opened.appendLogs([entry("a")]);
  faults = ["lose"];
  await opened.appendLogs([entry("b"), entry("c")], { minimum: 1 });
  await opened.appendLogs([entry("d")]);
  expect(state.logs.map(({ Message }) => Message)).toEqual(["a", "b", "c", "d"]);
});

test("an uploader sends every line once and in order through lost answers and a server that is away", async () => {
  const uploader = createLogUploader({ session: session(), interval: 5 });
  faults = ["lose", 503, "lose", "lose"];
  for (let line = 0; line < 1200; line += 1) uploader.add(`line ${line}`);
  await uploader.close();
  expect(state.logs.map(({ Message }) => Message)).toEqual(
    Array.from({ length: 1200 }, (_, line) => `line ${line}`),
  );
}, 20_000);

test("an uploader keeps to the limits of one upload", async () => {
  const sizes: number[] = [];
  const uploader = createLogUploader({
    interval: 1,
    session: {
      appendLogs: async (entries) => {
        expect(entries.length).toBeLessThanOrEqual(500);
        sizes.push(Buffer.byteLength(JSON.stringify({ Index: 0, Logs: entries })));
        return true;
      },
    },
  });
  for (let line = 0; line < 60; line += 1) uploader.add("☃".repeat(30_000));
  await uploader.close();
  expect(sizes.length).toBeGreaterThan(1);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_048_576);
});

test("an uploader that cannot send drops lines and says how many", async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const messages: string[] = [];
  const uploader = createLogUploader({
    interval: 1,
    bufferLimit: 1000,
    session: {
      appendLogs: async (entries) => {
        await gate;
        messages.push(...entries.map(({ Message }) => Message));
        return true;
      },
    },
  });
  for (let line = 0; line < 100; line += 1) uploader.add(`line ${line}`);
  open();
  await uploader.close();
  expect(messages[0]).toBe("line 0");
  expect(messages.at(-1)).toMatch(/^\[\d\d lines were dropped/);
});

test("a stream of logs continues where it broke off and ends with 204", async () => {
  const seen: (string | undefined)[] = [];
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    const last = request.headers["last-event-id"]?.toString();
    seen.push(last);
    if (last === "3") return void response.writeHead(204).end();
    response.writeHead(200, { "content-type": "text/event-stream" });
    const event = (id: number) =>
      `event: log\nid: ${id}\ndata: ${JSON.stringify(entry(`ü${id}`))}\nretry: 10\n\n`;
    if (last === undefined) {
      const bytes = Buffer.from(event(1) + event(2));
      const middle = bytes.indexOf(0xc3) + 1;
      response.write(bytes.subarray(0, middle));
      setTimeout(() => response.write(bytes.subarray(middle), () => request.socket.destroy()), 20);
    } else response.end(event(3));
  });
  const client = createClient({ url, token: "t" });
  const path = { tenantId: "T", taskId: "K", turnIndex: "1" };
  const messages: string[] = [];
  for await (const { Message } of streamTurnLogs(client, path)) messages.push(Message);
  expect(messages).toEqual(["ü1", "ü2", "ü3"]);
  expect(seen).toEqual([undefined, "2", "3"]);
});

test("a stream that falls silent is opened anew; a refusal ends it", async () => {
  let count = 0;
  server.removeAllListeners("request");
  server.on("request", (_request, response) => {
    count += 1;
    if (count === 1) response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    else response.writeHead(403).end();
  });
  const path = { tenantId: "T", taskId: "K", turnIndex: "1" };
  const reading = streamTurnLogs(createClient({ url, token: "t" }), path, { idleLimit: 50 });
  await expect(reading.next()).rejects.toThrow("403");
  expect(count).toBe(2);
});
