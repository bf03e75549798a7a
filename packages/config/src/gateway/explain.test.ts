import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  compileGatewayConfig,
  describeOrigin,
  effectiveTree,
  effectiveValues,
  explainKey,
  renderEffective,
} from "./index.ts";

const text = `version: v0.3.0
listeners:
  egress_traffic:
    port: 8080
llm_providers:
  - model: openai/gpt-4o
    access_key: $OPENAI_API_KEY
  - model: mistral/large
    access_key: sk-literal
    headers: {X-Team: research, X-Token: "\${TOKEN}"}
model_aliases:
  a.b: {target: large}
overrides: {drain_timeout: 5s, fetch_media: off}
`;

function compiled() {
  const result = compileGatewayConfig(text);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
  return result;
}

function explained(key: string) {
  const result = explainKey(key, compiled());
  if (!result.ok) throw new Error(`no key ${result.segment}`);
  return result.explanation;
}

test("every value says where it comes from, and no secret is shown", () => {
  const { complete, document } = compiled();
  const values = effectiveValues(complete, document);
  const rendered = renderEffective(values, (value) => describeOrigin(value, "config.yaml"));
  expect(rendered).toMatchSnapshot();
  expect(rendered).not.toContain("sk-literal");
  expect(parse(rendered)).toEqual(effectiveTree(values));
});

test("what is in effect compiles to the same configuration, but for what is hidden", () => {
  const { complete, document, config } = compiled();
  const shown = renderEffective(effectiveValues(complete, document), () => "x").replace(
    "(hidden)",
    "sk-literal",
  );
  const again = compileGatewayConfig(shown.replace("(hidden)", "research"));
  expect(again.ok && again.config).toEqual(config);
});

test.each([
  ["overrides.drain_timeout", "5s", "config.yaml:13"],
  ["overrides.fetch_media", "off", "config.yaml:13"],
  ["overrides.on_unsupported", "warn", "default"],
  ["listeners[0].port", 8080, "config.yaml:4, as listeners.egress_traffic.port"],
  ["listeners.port", 8080, "config.yaml:4, as listeners.egress_traffic.port"],
  ["listeners[0].type", "model", "follows from listeners.egress_traffic, config.yaml:3"],
  ["model_providers[1].access_key", "(hidden)", "config.yaml:9, as llm_providers[1].access_key"],
  ["model_providers[1].headers.X-Team", "(hidden)", "config.yaml:10, as llm_providers[1].headers.X-Team"],
  ['model_aliases["a.b"].target', "large", "config.yaml:12"],
])("%s is %s by %s", (key, value, origin) => {
  const [found] = explained(key).values;
  expect(found?.value).toBe(value);
  expect(found && describeOrigin(found, "config.yaml")).toBe(origin);
});

test("a key without a position stands for that of every entry", () => {
  expect(explained("model_providers.access_key").values.map(({ variables }) => variables)).toEqual([
    ["OPENAI_API_KEY"],
    [],
  ]);
});

test.each([
  ["overrides.drain_timeout", "a length of time, such as 300ms, 5s, 1m or 1h30m", "30s"],
  ["listeners.port", "a whole number from 1 to 65535", undefined],
  ["overrides.on_unsupported", "one of warn, reject, drop", "warn"],
  ["routing.routing_budget.cache_read_discount", "a number from 0 to 1", 0.1],
])("%s may be %s", (key, allowed, fallback) => {
  expect(explained(key)).toMatchObject({ allowed, default: fallback });
});

test("a default provider is for requests without a model", () => {
  expect(explained("model_providers.default").description).toMatch(/^Serves requests that name no model\./);
});

test("what is not served and what is old is said", () => {
  expect(explained("routing.session_cache.url")).toMatchObject({
    isServed: false,
    isOlder: false,
    values: [],
  });
  expect(explained("llm_providers")).toMatchObject({ isServed: true, isOlder: true });
});

test("an unknown key gets the nearest one", () => {
  expect(explainKey("overrides.drain_timout", compiled())).toMatchObject({
    ok: false,
    segment: "drain_timout",
    suggestion: "drain_timeout",
  });
  expect(explainKey("version.major", compiled())).toMatchObject({ ok: false, known: [] });
});
