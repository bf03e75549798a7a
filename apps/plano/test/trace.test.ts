import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { freePlace } from "../src/gateway/ports.ts";
import { decoded, exportSpans, request } from "./otlp-request.ts";
import { configFor, createWorkplace, type Workplace } from "./workplace.ts";

let workplace: Workplace;
let port: number;
beforeEach(async () => {
  workplace = await createWorkplace();
  ({ port } = await freePlace({ address: "127.0.0.1", port: 0 }));
});
afterEach(async () => {
  await trace("down");
  await workplace.clear();
});

const trace = (...words: string[]) => workplace.run(["trace", ...words], { PLANO_TRACE_PORT: `${port}` });

test("a listener is started once, asked, and stopped", async () => {
  const none = await trace();
  expect(none).toMatchObject({ code: 0, stdout: "" });
  expect(none.stderr).toContain(`No traces found.\n  No collector answers at port ${port}`);
  expect((await trace("listen")).stdout).toMatch(/Trace listener is running \(pid \d+\) on 127\.0\.0\.1/);
  expect((await trace("listen")).stdout).toContain("running already");
  expect((await trace()).stderr).toContain("None has come yet");
  await exportSpans(port, request());
  expect(await trace()).toMatchObject({
    stderr: "",
    stdout: expect.stringContaining("plano(llm) POST /v1/messages"),
  });
  expect(JSON.parse((await trace("--json", "4f2c9a10")).stdout)).toEqual({
    traces: [{ trace_id: decoded.traceId, spans: [decoded] }],
  });
  expect(JSON.parse((await trace("any", "--list", "--json")).stdout)).toEqual({
    trace_ids: [decoded.traceId],
  });
  expect((await trace("--list", "--no-interactive", "any")).stdout).toMatch(/^Trace IDs:\n {2}4f2c9a10 /);
  expect((await trace("--where", "llm.model=other")).stderr).toContain("1 others are there");
  const filtered = await trace("--filter", "share,not-there");
  expect(filtered.stdout).toContain("share 0.5");
  expect(filtered.stdout).not.toContain("llm.model");
  expect(filtered.stderr).toContain("Filter key(s) not found: not-there. The others are shown.");
  expect((await trace("down")).stdout).toContain("Trace listener stopped");
  expect((await trace("stop")).stdout).toContain("No background trace listener running");
});

test("a trace that is on its way is waited for", async () => {
  await trace("listen");
  const shown = trace();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await exportSpans(port, request());
  expect((await shown).stdout).toContain("POST /v1/messages");
});

test.each([
  ["an id and a list", ["4f2c9a10", "--list"], "Target and --list cannot be used together."],
  ["an id that is none", ["abc"], "Trace ID must be 8 or 32 hex characters."],
  ["a limit below nought", ["--limit", "-1"], "Limit must be greater than or equal to 0."],
  ["an age that is none", ["--since", "soon"], "--since is a number of minutes"],
  ["an empty pattern", ["--filter", "a,"], "Filter contains empty tokens."],
])("%s is refused", async (_, words, message) => {
  const { code, stderr } = await trace(...words);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test("a port that somebody has is named", async () => {
  const other = createServer().listen(port, "127.0.0.1");
  await once(other, "listening");
  expect((other.address() as AddressInfo).port).toBe(port);
  const { code, stderr } = await trace("listen");
  expect(code).toBe(1);
  expect(stderr).toContain(`port ${port} is already in use`);
  expect(stderr).toContain("planoai trace listen --port");
  other.close();
});

test("up --with-tracing starts the listener and has spans sent there, of as many requests as the file says", async () => {
  const environment = { OPENAI_API_KEY: "sk-x" };
  const rendered = () => {
    const path = join(workplace.home, ".plano/run/arch_config_rendered.yaml");
    return (parse(readFileSync(path, "utf8")) as { tracing: object }).tracing;
  };
  const collector = `http://127.0.0.1:${port}`;
  workplace.write("config.yaml", configFor(workplace));
  const up = await workplace.run(["up", "--with-tracing", "--tracing-port", `${port}`], environment);
  expect(up.code, up.stderr).toBe(0);
  expect(up.stdout).toContain(`planoai trace, from ${collector}`);
  expect(rendered()).toMatchObject({ random_sampling: 100, opentracing_grpc_endpoint: collector });
  expect((await trace()).stderr).toContain("None has come yet");
  const changed = `${configFor(workplace)}tracing: {random_sampling: 5}\n`;
  workplace.write("config.yaml", changed);
  const again = ["up", "--with-tracing", "--tracing-port", `${port}`, "--restart"];
  expect((await workplace.run(again, environment)).code).toBe(0);
  expect(rendered()).toMatchObject({ random_sampling: 5, opentracing_grpc_endpoint: collector });
  await workplace.run(["down"]);
  expect((await trace("down")).stdout).toContain("stopped");
});
