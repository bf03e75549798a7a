import { Document, isCollection, isNode } from "yaml";
import { type EffectiveValue, effectiveTree } from "../effective.ts";
import { formatPath } from "../problem.ts";

/** The configuration that is in effect as YAML; a comment on each value says where it comes from. */
export function renderEffective(
  values: readonly EffectiveValue[],
  describe: (value: EffectiveValue) => string,
): string {
  const document = new Document(effectiveTree(values));
  for (const value of values) {
    const node = document.getIn(value.path, true);
    if (isCollection(node)) node.flow = true;
    if (isNode(node)) node.comment = ` ${describe(value)}`;
  }
  return document.toString({ lineWidth: 0 });
}

/** `config.yaml:12`, `default`, ...: where a value comes from. */
export function describeOrigin({ path, origin }: EffectiveValue, fileName: string): string {
  if (origin.kind === "default") return "default";
  const place = `${fileName}:${origin.position.line}`;
  if (origin.kind === "older-form") return `follows from ${formatPath(origin.path)}, ${place}`;
  const isMoved = formatPath(origin.path) !== formatPath(path);
  return isMoved ? `${place}, as ${formatPath(origin.path)}` : place;
}
