/** Where a value stands in a document: object keys and list positions from the root. */
export type Path = readonly (string | number)[];

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with, or doubtful in, a configuration file. */
export interface Problem {
  /** Stable kebab-case name, such as `unknown-key`. */
  readonly code: string;
  /** What is wrong, without a final stop. */
  readonly message: string;
  readonly path: Path;
  /** What may stand there, where that can be listed or told in few words. */
  readonly allowed?: string;
  /** The value found there, cut short; never a secret. */
  readonly value?: string;
  /** What was probably meant: a key or a value. */
  readonly suggestion?: string;
  readonly position?: Position;
}

/** `model_providers[0].name`, or `(root)`: a path for people. */
export function formatPath(path: Path): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(segment)) text += text === "" ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
  }
  return text === "" ? "(root)" : text;
}

/** Problems in the order of their places in the file. */
export function inFileOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    ({ position: left }, { position: right }) =>
      (left?.line ?? 0) - (right?.line ?? 0) || (left?.column ?? 0) - (right?.column ?? 0),
  );
}

/**
 * A problem as lines of text: `file:line:column: message`, then path, value and suggestion.
 * `fileName` is left out of the first line when it is not given.
 */
export function formatProblem(problem: Problem, fileName?: string): string[] {
  const { position } = problem;
  const place = [fileName, position?.line, position?.column].filter((part) => part !== undefined).join(":");
  const lines = [place === "" ? problem.message : `${place}: ${problem.message}`];
  lines.push(`  path: ${formatPath(problem.path)}`);
  if (problem.value !== undefined) lines.push(`  value: ${problem.value}`);
  if (problem.suggestion !== undefined) lines.push(`  did you mean: ${problem.suggestion}`);
  return lines;
}
