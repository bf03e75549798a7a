/** A value of a property list. */
export type PlistValue =
  | string
  | number
  | boolean
  | readonly PlistValue[]
  | { readonly [key: string]: PlistValue };

/** A property list in XML, as launchd reads it: two blanks deep, keys in the order given. */
export function renderPlist(value: PlistValue): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${render(value, "  ")}
</plist>
`;
}

/** The text that follows another in a list of texts, of a property list as it is written here. */
export function wordAfter(word: string, plist: string): string | undefined {
  const texts = [...plist.matchAll(/<string>([^<]*)<\/string>/g)].map(([, text = ""]) => text);
  const at = texts.indexOf(escaped(word));
  return at < 0 ? undefined : texts[at + 1]?.replace(/&(lt|gt|amp);/g, (_, name) => entities[name] ?? "");
}

/** The number under a key of a property list as it is written here. */
export function numberOf(key: string, plist: string): number | undefined {
  const [, number] = new RegExp(`<key>${key}</key>\\s*<integer>(\\d+)</integer>`).exec(plist) ?? [];
  return number === undefined ? undefined : Number(number);
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&" };

function render(value: PlistValue, indent: string): string {
  if (typeof value === "string") return `${indent}<string>${escaped(value)}</string>`;
  if (typeof value === "number") return `${indent}<integer>${value}</integer>`;
  if (typeof value === "boolean") return `${indent}<${value}/>`;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return block(
      "array",
      value.map((item) => render(item, inner)),
      indent,
    );
  const entries = Object.entries(value).flatMap(([key, item]) => [
    `${inner}<key>${escaped(key)}</key>`,
    render(item, inner),
  ]);
  return block("dict", entries, indent);
}

function block(name: string, lines: readonly string[], indent: string): string {
  return [`${indent}<${name}>`, ...lines, `${indent}</${name}>`].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
