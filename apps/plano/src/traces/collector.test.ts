import { afterEach, expect, test } from "vitest";
import { decoded, exportSpans, request } from "../../test/otlp-request.ts";
import { freePlace } from "../gateway/ports.ts";
import { startCollector } from "./collector.ts";
import { decodeSpans } from "./otlp.ts";
import { fetchTraces } from "./query.ts";

let collector: { stop(): void } | undefined;
afterEach(() => {
  collector?.stop();
  collector = undefined;
});

test("an exporter's request is read to the last digit", () => {
  expect(decodeSpans(request())).toEqual([decoded]);
  expect(decodeSpans(new Uint8Array())).toEqual([]);
  expect(() => decodeSpans(Buffer.from("not a request"))).toThrow();
});

test("what an exporter sends can be asked for", async () => {
  const { port } = await freePlace({ address: "127.0.0.1", port: 0 });
  expect(await fetchTraces(port)).toBeUndefined();
  collector = await startCollector("127.0.0.1", port);
  expect(await fetchTraces(port)).toEqual([]);
  expect(await exportSpans(port, request())).toBe(0);
  expect(await exportSpans(port, request())).toBe(0);
  expect(await exportSpans(port, Buffer.from("not a request"))).toBe(3);
  expect(await fetchTraces(port)).toEqual([{ trace_id: decoded.traceId, spans: [decoded] }]);
  await expect(startCollector("127.0.0.1", port)).rejects.toThrow("already in use");
});
