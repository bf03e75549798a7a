const reference = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/** Names of the environment variables that `$NAME` and `${NAME}` in a text refer to, each once. */
export function referencedNames(text: string): string[] {
  const names = new Set<string>();
  for (const [, braced, bare] of text.matchAll(reference)) names.add(braced ?? bare ?? "");
  return [...names];
}

/** Whether a text is one reference and nothing else. */
export function isReference(text: string): boolean {
  return referencedNames(text).some((name) => text === `$${name}` || text === `\${${name}}`);
}

/** The text with the values of the variables it refers to; a reference to another one stays as it is. */
export function replaceReferences(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(reference, (whole, braced, bare) => variables[braced ?? bare] ?? whole);
}
