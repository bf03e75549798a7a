/** The parts of an image reference; putting them together again gives the text that was read. */
export interface ImageReference {
  readonly registry?: string;
  readonly port?: number;
  /** The path in the registry, `org/name`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
}

export type ImageReferenceResult =
  | { readonly ok: true; readonly reference: ImageReference }
  /** `problem` names the part and its value, such as `invalid tag: 'a b'`. */
  | { readonly ok: false; readonly problem: string };

const dnsLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const pathComponent = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads an image reference. A first component with a dot or a colon is a registry if others follow it.
 * The order of the checks is registry, repository, port, tag, digest.
 */
export function parseImageReference(text: string): ImageReferenceResult {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const components = (at < 0 ? text : text.slice(0, at)).split("/");
  const [first = ""] = components;
  const hasRegistry = components.length > 1 && /[.:]/.test(first);
  const host = hasRegistry ? components.shift() : undefined;
  const [registry, portText] = host === undefined ? [] : splitAtFirst(host, ":");
  const [last = "", tag] = splitAtFirst(components.pop() ?? "", ":");
  const repository = [...components, last].join("/");

  if (registry !== undefined && !isHostName(registry)) return invalid("registry", registry);
  if (!isRepository(repository)) return invalid("repository", repository);
  if (portText !== undefined && !isPort(portText)) return invalid("port", portText);
  if (tag !== undefined && !tagPattern.test(tag)) return invalid("tag", tag);
  if (digest !== undefined && !digestPattern.test(digest)) return invalid("digest", digest);
  return {
    ok: true,
    reference: {
      ...(registry === undefined ? {} : { registry }),
      ...(portText === undefined ? {} : { port: Number(portText) }),
      repository,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    },
  };
}

/** The reference as one text again. */
export function formatImageReference({ registry, port, repository, tag, digest }: ImageReference): string {
  const host = registry === undefined ? "" : `${registry}${port === undefined ? "" : `:${port}`}/`;
  return `${host}${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function splitAtFirst(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(part: string, value: string): ImageReferenceResult {
  return { ok: false, problem: `invalid ${part}: '${value}'` };
}

function isHostName(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => dnsLabel.test(label));
}

function isRepository(text: string): boolean {
  return text.length <= 255 && text.split("/").every((component) => pathComponent.test(component));
}

function isPort(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65535;
}
