import { expect, test } from "vitest";
import { agentUrlOf, bridgeAddress } from "./agent-url.ts";

const routes = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
`;

test("the bridge's address is the first of its network", () => {
  expect(bridgeAddress(routes)).toBe("172.17.0.1");
  expect(bridgeAddress(routes.replace("docker0", "cni0"))).toBeUndefined();
  expect(bridgeAddress("")).toBeUndefined();
});

test("agents are told the name of their machine wherever that leads to the server", () => {
  const loopback = { url: "http://127.0.0.1:7443", host: "127.0.0.1", port: 7443, onBridge: false };
  const named = "http://host.docker.internal:7443";
  expect(agentUrlOf({ ...loopback, platform: "linux" })).toBe("http://127.0.0.1:7443");
  expect(agentUrlOf({ ...loopback, platform: "linux", onBridge: true })).toBe(named);
  expect(agentUrlOf({ ...loopback, platform: "darwin" })).toBe(named);
  expect(agentUrlOf({ ...loopback, host: "0.0.0.0", platform: "linux" })).toBe(named);
  const other = { ...loopback, url: "http://172.17.0.1:7443", host: "172.17.0.1", platform: "linux" };
  expect(agentUrlOf(other)).toBe("http://172.17.0.1:7443");
});
