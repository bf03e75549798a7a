/** What ends the program with a message, as Apple's `container` words it. */
export class Refusal extends Error {
  readonly exitCode: number;
  constructor(words: string, exitCode = 1) {
    super(words);
    this.exitCode = exitCode;
  }
}

export const refuse = (code: string, words: string) => new Refusal(`Error: ${code}: "${words}"`);
export const misuse = (words: string) => new Refusal(`Error: ${words}\nUsage: container <subcommand>`, 64);

interface Grammar {
  /** Options with a value. */
  readonly values?: readonly string[];
  readonly flags?: readonly string[];
  /** Whether what follows the first other word is left as it is. */
  readonly passesRest?: boolean;
}

interface Words {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly flags: ReadonlySet<string>;
  readonly rest: readonly string[];
}

export function parseWords(
  words: readonly string[],
  { values = [], flags = [], passesRest }: Grammar,
): Words {
  const found = { values: new Map<string, string[]>(), flags: new Set<string>(), rest: [] as string[] };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] as string;
    if (!word.startsWith("-")) {
      found.rest.push(word, ...(passesRest ? words.slice(index + 1) : []));
      if (passesRest) break;
    } else if (flags.includes(word)) found.flags.add(word);
    else if (values.includes(word)) {
      const value = words[++index];
      if (value === undefined) throw misuse(`Missing value for '${word} <value>'`);
      found.values.set(word, [...(found.values.get(word) ?? []), value]);
    } else throw misuse(`Unknown option '${word}'`);
  }
  return found;
}

export function single({ rest }: Words): string {
  if (rest.length !== 1) throw misuse(`${rest.length} arguments where one is expected`);
  return rest[0] as string;
}

export function parsePairs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const parts = word.split("=").filter((part) => part !== "");
      if (parts.length === 0 || parts.length > 2)
        throw refuse("invalidArgument", `invalid label format ${word}`);
      return [parts[0], parts[1] ?? ""];
    }),
  );
}
