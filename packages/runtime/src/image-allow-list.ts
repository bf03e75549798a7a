/**
 * Whether an image may run. A pattern covers the whole reference as it is written: `*` stands for anything
 * within one component, `**` for anything, `?` for one character. An empty list allows every image.
 */
export function isImageAllowed(image: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => toExpression(pattern).test(image));
}

function toExpression(pattern: string): RegExp {
  const source = pattern.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
