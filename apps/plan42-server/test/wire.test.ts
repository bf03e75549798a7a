import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { generateKeyPair, publicKeyToPem } from "@plano/crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { embeddedStorage, removeStorage, startServer, type TestServer } from "./harness.ts";

// What a runner of the reference sends and what it takes, byte for byte where it looks.

const storage = embeddedStorage();
let test42: TestServer;
let token = "";
let runnerId = "";
const queueId = randomUUID();
const pem = publicKeyToPem(generateKeyPair().publicKey);
beforeAll(async () => {
  test42 = await startServer(storage);
  ({ token, runnerId } = await test42.addRunner());
});
afterAll(async () => {
  await test42?.stop();
  removeStorage(storage);
});

interface Answer {
  readonly status: number | undefined;
  readonly length: string | undefined;
  readonly type: string | undefined;
  readonly text: string;
}

function send(
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${test42.server.url}/v1/tenants/${test42.tenantId}/runners/${runnerId}/queues/${queueId}${path}`,
      {
        method,
        headers: {
          Accept: "application/json",
          "Accept-Encoding": "gzip",
          "User-Agent": "Go-http-client/1.1",
          Authorization: `APIToken ${token}`,
          ...(body !== undefined && {
            "Content-Type": "application/json",
            "Content-Length": Buffer.byteLength(body),
          }),
          ...headers,
        },
      },
      async (response) => {
        const text = (await response.toArray()).join("");
        const { "content-length": length, "content-type": type } = response.headers;
        resolve({ status: response.statusCode, length, type, text });
      },
    );
    call.once("error", reject);
    call.end(body);
  });
}

const anyTime = "2026-11-21T08:15:54.741Z";
const withoutTimes = (text: string) => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, anyTime);

test("the life of a queue", async () => {
  const body = JSON.stringify({ PublicKey: pem }).replaceAll("&", "\\u0026");
  const registered = await send("PUT", "", body);
  expect(registered.status).toBe(201);
  expect(registered.type).toBe("application/json");
  const written = (version: number, state: object) =>
    JSON.stringify({
      TenantID: test42.tenantId,
      RunnerID: runnerId,
      QueueID: queueId,
      PublicKey: pem,
      CreatedAt: anyTime,
      UpdatedAt: anyTime,
      Version: version,
      IsHealthy: true,
      Draining: false,
      NConsecutiveFailedHealthChecks: 0,
      NConsecutiveSuccessfulHealthChecks: 0,
      LastHealthCheckAt: anyTime,
      ...state,
    });
  expect(withoutTimes(registered.text)).toBe(written(1, {}));

  const again = await send("PUT", "", body);
  expect(again.status).toBe(409);
  expect(withoutTimes(again.text)).toBe(
    `{"ResponseCode":409,"Message":"queue exists","ErrorType":"Conflict","CurrentType":"RunnerQueue","Current":${written(1, {})}}`,
  );

  expect(await send("GET", "/messages?maxWaitSeconds=0")).toMatchObject({
    status: 200,
    text: '{"Messages":[]}',
  });

  const ping = send("POST", "/ping", undefined, {
    Authorization: `APIToken ${test42.server.adminToken}`,
    "Content-Length": "0",
  });
  const polled = await send("GET", "/messages?maxWaitSeconds=30");
  const message = JSON.parse(polled.text).Messages[0];
  expect(Object.keys(message).sort()).toEqual([
    "CallerID",
    "CallerPublicKey",
    "CreatedAt",
    "MessageID",
    "Payload",
    "QueueID",
    "RunnerID",
    "TenantID",
  ]);
  expect(message.Payload.EncryptionAlgorithm).toBe("ECIES.Cofactor.VariableIV.X963.SHA256.AESGCM");
  const response = await send(
    "PUT",
    `/messages/${message.MessageID}/response`,
    JSON.stringify({ CallerID: message.CallerID, Payload: message.Payload }),
  );
  expect(response).toMatchObject({ status: 204, text: "" });
  // Its own message sent back is no answer to it.
  expect(await ping).toMatchObject({ status: 502 });

  const marked = await send("PATCH", "", '{"IsHealthy":false,"Draining":true}', { "If-Match": "1" });
  expect(marked.status).toBe(200);
  expect(withoutTimes(marked.text)).toBe(written(2, { IsHealthy: false, Draining: true }));
  const stale = await send("DELETE", "", undefined, { "If-Match": "1" });
  expect(JSON.parse(stale.text)).toMatchObject({
    ResponseCode: 409,
    CurrentType: "RunnerQueue",
    Current: { Version: 2 },
  });
  expect(await send("DELETE", "", undefined, { "If-Match": "2" })).toMatchObject({ status: 204, text: "" });
  const gone = await send("GET", "/messages?maxWaitSeconds=30");
  expect(JSON.parse(gone.text)).toMatchObject({ ResponseCode: 404, ErrorType: "NotFound" });
});
