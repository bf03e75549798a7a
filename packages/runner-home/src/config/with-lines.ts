import { type Outline, outlineOf } from "./document.ts";
import type { ConfigProblem } from "./runner-config.ts";

/** Problems of a text with the lines that their keys, or the heads of their tables, are on. */
export function withLines(problems: readonly ConfigProblem[], text: string): readonly ConfigProblem[] {
  const outline = outlineIfToml(text);
  if (outline === undefined) return problems;
  const places = [...outline.entries, ...outline.sections];
  return problems.map((problem) => {
    const wanted = problem.path.toLowerCase();
    const place = places.find(({ path }) => path.join(".").toLowerCase() === wanted);
    return place === undefined ? problem : { ...problem, line: place.node.loc.start.line };
  });
}

function outlineIfToml(text: string): Outline | undefined {
  try {
    return outlineOf(text);
  } catch {
    return undefined;
  }
}
