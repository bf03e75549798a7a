import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import {
  compileGatewayConfig,
  effectiveValues,
  formatPath,
  migrateConfig,
  type Path,
  type Problem,
  renderCompiled,
  renderEffective,
  requiredVariables,
} from "./index.ts";
import { readDocument } from "./read.ts";
import { checkShape } from "./schema.ts";

const golden = new URL("../../../../config/golden/", import.meta.url);
const texts = readdirSync(golden).map((name) =>
  readFileSync(new URL(`${name}/plano_config.yaml`, golden), "utf8"),
);

/** A sequence of numbers from 0 to 1 that is the same for the same seed. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

const oddValues = [null, "", 0, -1, 1.5, true, [], {}, "x", { x: 1 }, [null], [[]], "$X", 1e99, "a/b", "off"];
const oddTexts = [
  "&a ",
  "*a",
  "- ",
  "{",
  "}",
  ":",
  "\n",
  "  ",
  "#",
  "<<: *a\n",
  "|",
  "!!str ",
  "\u0000",
  "? ",
];

/** A file with some values, keys or entries that do not belong there. */
function mutatedTree(value: unknown, next: () => number): unknown {
  if (next() < 0.06) return oddValues[Math.floor(next() * oddValues.length)];
  if (Array.isArray(value)) {
    const items = value.map((item) => mutatedTree(item, next));
    return next() < 0.1 ? [...items, items[0]] : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(() => next() > 0.03);
  return Object.fromEntries(
    kept.map(([key, child]) => [next() < 0.02 ? `${key}x` : key, mutatedTree(child, next)]),
  );
}

/** A file with some characters gone and others in their place. */
function mutatedText(text: string, next: () => number): string {
  const at = Math.floor(next() * text.length);
  const odd = oddTexts[Math.floor(next() * oddTexts.length)] ?? "";
  const gone = next() < 0.5 ? Math.floor(next() * 12) : 0;
  return text.slice(0, at) + odd + text.slice(at + gone);
}

function check(text: string): "compiled" | "refused" {
  const result = compileGatewayConfig(text);
  const migrated = migrateConfig(text);
  if (!result.ok) {
    for (const { code, position } of result.errors) {
      if (!["empty", "yaml-syntax"].includes(code)) expect(position, code).toBeDefined();
    }
    return "refused";
  }
  requiredVariables(result.config);
  renderEffective(effectiveValues(result.complete, result.document), () => "somewhere");
  const again = compileGatewayConfig(migrated.ok ? migrated.text : "");
  expect(again.ok && again.olderForms).toEqual([]);
  expect(again.ok && renderCompiled(again.config)).toBe(renderCompiled(result.config));
  return "compiled";
}

test("whatever is in a file, it compiles or is refused with places, and means the same when it is migrated", {
  timeout: 60_000,
}, () => {
  const next = sequence(20260101);
  const outcomes = { compiled: 0, refused: 0 };
  for (let round = 0; round < 300; round += 1) {
    const text = texts[round % texts.length] ?? "";
    const mutated = round % 3 === 0 ? mutatedText(text, next) : stringify(mutatedTree(parse(text), next));
    try {
      outcomes[check(mutated)] += 1;
    } catch (cause) {
      throw new Error(`with this file:\n${mutated}`, { cause });
    }
  }
  expect(outcomes.compiled).toBeGreaterThan(20);
  expect(outcomes.refused).toBeGreaterThan(150);
});

/** The paths of all parts of a file's content. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const children = Object.entries(value).flatMap(([key, child]) =>
    pathsIn(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...children];
}

function replacedAt(value: unknown, [segment, ...rest]: Path, other: unknown): unknown {
  if (segment === undefined) return other;
  const copy: Record<string | number, unknown> = structuredClone(value) as Record<string | number, unknown>;
  copy[segment] = replacedAt(copy[segment], rest, other);
  return copy;
}

test("one wrong shape in a file that is right otherwise is told, and nothing else", {
  timeout: 60_000,
}, () => {
  const label = ({ code, path }: Problem) => `${code} at ${formatPath(path)}`;
  for (const text of texts) {
    const tree: unknown = parse(text);
    const whole = compileGatewayConfig(stringify(tree));
    if (!whole.ok) continue;
    const warnings = new Set(whole.warnings.map(label));
    for (const path of pathsIn(tree)) {
      const mutated = stringify(replacedAt(tree, path, [[1]]));
      const read = readDocument(mutated);
      const shape = checkShape(read.ok ? read.document.value() : undefined);
      if (shape.isSound) continue;
      const result = compileGatewayConfig(mutated);
      const at = `${formatPath(path)} of ${text}`;
      expect(result.ok ? [] : result.errors.map(label).sort(), at).toEqual(shape.problems.map(label).sort());
      expect(
        result.warnings.map(label).filter((warning) => !warnings.has(warning)),
        at,
      ).toEqual([]);
    }
  }
});
