import { compileGatewayConfig } from "@plano/config/gateway";
import { expect, test } from "vitest";
import { freePlace } from "../gateway/ports.ts";
import { refuseInnerPorts } from "./native-plan.ts";

const at = (port: number) => ({ address: "127.0.0.1", port });

function configAt(port: number) {
  const result = compileGatewayConfig(`
version: v0.4.0
listeners: [{name: models, type: model, port: ${port}}]
model_providers: [{model: openai/gpt-4o, access_key: $KEY}]
`);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.config;
}

test.each([
  [
    "brightstaff",
    12_000,
    12_000,
    9901,
    "port 12000 (listener models) is where brightstaff listens",
    "set BIND_",
  ],
  [
    "the admin interface",
    12_000,
    9091,
    12_000,
    "port 12000 (listener models) is where Envoy's admin",
    "set ADMIN_",
  ],
  ["metrics", 12_000, 9092, 9901, "port 9092 (metrics) is where brightstaff listens", "set BIND_"],
  ["each other", 12_000, 9901, 9901, "port 9901 (brightstaff) is where Envoy's admin", "set ADMIN_"],
])("a port that %s would have twice is refused", (_, listener, brightstaff, admin, message, hint) => {
  const refuse = () =>
    refuseInnerPorts(configAt(listener), { brightstaff: at(brightstaff), admin: at(admin) });
  expect(refuse).toThrow(message);
  expect(refuse).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
});

test("ports that differ are let be", () => {
  expect(() => refuseInnerPorts(configAt(12_000), { brightstaff: at(9091), admin: at(9901) })).not.toThrow();
});

test("a place that nobody chose keeps off the ports of others", async () => {
  const free = await freePlace(at(0));
  expect(await freePlace(free)).toEqual(free);
  expect((await freePlace(free, new Set([free.port]))).port).not.toBe(free.port);
});
