import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { compileGatewayConfig, migrateConfig } from "./index.ts";
import { readDocument } from "./read.ts";

function migrated(text: string): string {
  const result = migrateConfig(text);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
  return result.text;
}

const provider = "{model: openai/gpt-4o, access_key: $OPENAI_API_KEY}";

test("comments stay with what they are about", () => {
  const text = `# a gateway
version: v0.1.0 # old
# where
listeners:
  # models
  egress_traffic: # the one
    port: 12000 # usual
    # no effect
    message_format: openai
    timeout: 30s
# who
llm_providers:
  # the large one
  - model: openai/gpt-4o
    access_key: $OPENAI_API_KEY # a reference
    # what it is best at
    routing_preferences:
      # first
      - name: code
        description: write code # sic
# how
tracing:
  random_sampling: 1
  # teams
  span_attribute_header_prefixes: [x-team-]
mode: llm
# the end
`;
  const comments = [...text.matchAll(/# .*/g)].map(([comment]) => comment);
  const result = migrated(text);
  for (const comment of comments) expect(result, comment).toContain(comment);
  expect(result).toMatchSnapshot();
});

test("comments of what is not needed any more become lines in its place", () => {
  const text = `version: v0.1
mode: llm # of the file
listeners:
  egress_traffic:
    # the format
    message_format: openai # the only one
    port: 12000
  ingress_traffic:
    port: 10000
    # again
    message_format: openai # as above
# who
llm_providers:
  - {name: one, model: openai/gpt-4o, access_key: $OPENAI_API_KEY}
routing: # how
  # by name
  llm_provider: one # of the list
  model: openai/gpt-4o
`;
  expect(migrated(text)).toBe(`version: v0.4.0
# of the file
listeners:
  # the format
  - name: egress_traffic
    type: model
    # the only one
    port: 12000
  - name: ingress_traffic
    type: prompt
    port: 10000
    # again
    # as above
# who
model_providers:
  - {name: one, model: openai/gpt-4o, access_key: $OPENAI_API_KEY}
# how
# by name
overrides:
  # of the list
  llm_routing_model: openai/gpt-4o
`);
});

test("a file in today's form stays as it is to the letter", () => {
  const text = `version:   "v0.4.0"\nmodel_providers: [ ${provider} ]   # odd   blanks\n`;
  expect(migrateConfig(text)).toEqual({ ok: true, text, changes: [], warnings: [] });
});

test("line ends stay what they are", () => {
  const text = `# one\r\nversion: v0.3.0 # two\r\n\r\nllm_providers:\r\n  # three\r\n  - ${provider}\r\n`;
  expect(migrated(text)).toBe(text.replace("v0.3.0", "v0.4.0").replace("llm_", "model_"));
});

test("a version without anything else that is old gets no empty list", () => {
  expect(migrated(`version: v0.3.0\nmodel_providers: [${provider}]\n`)).toBe(
    `version: v0.4.0\nmodel_providers: [${provider}]\n`,
  );
});

const inline = (name: string, model: string, preference: string) =>
  `  - {name: ${name}, model: ${model}, access_key: $K, routing_preferences: [${preference}]}\n`;

test("preferences of one name become one, in the order of the file, with the first description", () => {
  const result = migrateConfig(
    `version: v0.3.0\nmodel_providers:\n${inline("a", "openai/a", "{name: code, description: one}")}${inline("b", "mistral/b", "{name: code, description: two}, {name: talk}")}`,
  );
  expect(result).toMatchObject({ ok: true, warnings: [{ code: "preference-conflict" }] });
  expect(result.ok && result.text.split("routing_preferences:\n")[1]).toBe(
    "  - {name: code, description: one, models: [openai/a, mistral/b]}\n" +
      '  - {name: talk, description: "", models: [mistral/b]}\n',
  );
});

test("comments of preferences that become one stay with the model that they name", () => {
  expect(
    migrated(`version: v0.3.0
model_providers:
  - model: openai/a
    access_key: $K
    routing_preferences:
      # of the first
      - name: code
        description: one
  - model: mistral/b
    access_key: $K
    # of the second
    routing_preferences: # two of them
      # why
      - name: code # here
        # in short
        description: one # as above
      - name: talk
        description: chat # a lot
routing_preferences:
  - name: talk # at the top
    description: chat
    models: [openai/a]
`),
  ).toBe(`version: v0.4.0
model_providers:
  - model: openai/a
    access_key: $K
  - model: mistral/b
    access_key: $K
routing_preferences:
  # a lot
  - name: talk # at the top
    description: chat
    models: [openai/a]
  # of the first
  - name: code
    description: one
    models:
      - openai/a
      # of the second
      # two of them
      # why
      # here
      # in short
      # as above
      - mistral/b
`);
});

const golden = new URL("../../../../config/golden/", import.meta.url);

const oneValuePerLine = {
  lineWidth: 0,
  defaultKeyType: "PLAIN",
  defaultStringType: "QUOTE_DOUBLE",
  doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY,
} as const;

test.each(readdirSync(golden).filter((name) => !name.startsWith("refused_")))(
  "no comment of %s is lost, wherever it stands, and none comes twice",
  (name) => {
    const read = readDocument(readFileSync(new URL(`${name}/plano_config.yaml`, golden), "utf8"));
    const text = stringify(read.ok && read.document.value(), oneValuePerLine)
      .trimEnd()
      .replaceAll(/^( *).*$/gm, (line, indent: string, offset: number) =>
        [`${indent}# above ${offset}.`, `${line} # beside ${offset}.`].join("\n"),
      );
    const comments = text.match(/# \w+ \d+\./g) ?? [];
    const result = migrated(`${text}\n# end 0.\n`);
    expect(comments.filter((comment) => result.split(comment).length !== 2)).toEqual([]);
  },
);

test("a preference at the top wins over one of the same name beside a model", () => {
  const result = migrateConfig(
    `version: v0.3.0\nmodel_providers:\n${inline("a", "openai/a", "{name: code, description: one}")}routing_preferences: [{name: code, description: top, models: [openai/a]}]\n`,
  );
  expect(result).toMatchObject({
    ok: true,
    warnings: [{ path: ["model_providers", 0, "routing_preferences", 0] }],
  });
  expect(result.ok && result.text).not.toContain("one");
});

test("since v0.4.0 a preference beside a model has no effect, and stays", () => {
  const text = `version: v0.4.0\nmodel_providers:\n${inline("a", "openai/a", "{name: code, description: one}")}`;
  expect(migrateConfig(text)).toMatchObject({ ok: true, text, warnings: [{ code: "no-effect" }] });
  const compiled = compileGatewayConfig(text);
  expect(compiled.ok && compiled.config.sections.routing_preferences).toBe(undefined);
});

test.each([
  [
    "a wildcard with preferences",
    `version: v0.3.0\nmodel_providers:\n${inline("a", "openai/*", "{name: n}")}`,
    "wildcard",
  ],
  [
    "a router that no provider is named after",
    `version: v0.3.0\nmodel_providers: [${provider}]\nrouting: {llm_provider: x}\n`,
    "routing-model",
  ],
  ["an unknown key", "version: v0.3.0\nmodel_provider: []\n", "unknown-key"],
  ["broken YAML", "version: [\n", "yaml-syntax"],
])("%s is refused", (_, text, code) => {
  expect(migrateConfig(text)).toMatchObject({ ok: false, errors: [{ code, position: expect.anything() }] });
});

test("what an alias or a merge stands for is moved like what is written", () => {
  const text = `version: v0.3.0
llm_providers:
  - &base {model: openai/a, access_key: $K, routing_preferences: [{name: code, description: one}]}
  - <<: *base
    model: mistral/b
`;
  const result = migrated(text);
  expect(result).toContain("models: [openai/a, mistral/b]");
  expect(result).not.toMatch(/[&*]base|<</);
});
