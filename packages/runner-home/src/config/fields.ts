import { distance } from "fastest-levenshtein";
import { parseDuration, parseSize } from "../units.ts";
import type { ConfigProblem } from "./runner-config.ts";

const unknownKey = "this key is not known";

/** What was found while a file was read. */
interface Findings {
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigProblem[];
}

/** The least and the most that a number may be. */
type Bounds = readonly [least: number, most: number];

const day = 86_400_000;
const tebibyte = 2 ** 40;
/** What a number can say to the byte. */
const largestSize = Number.MAX_SAFE_INTEGER;

/** The keys of one table. Each reader notes what is wrong with its value, and goes on with the default. */
export interface Fields {
  readonly findings: Findings;
  text(key: string): string;
  boolean(key: string, fallback: boolean): boolean;
  number(key: string, fallback: number, bounds: Bounds): number;
  /** A whole number. */
  count(key: string, fallback: number, bounds: Bounds): number;
  /** In milliseconds, at most `most` of them. */
  duration(key: string, fallback: number, most?: number): number;
  /** In bytes, at least so many. */
  size(key: string, fallback: number, least: number): number;
  choice<Choice extends string>(key: string, choices: readonly Choice[], fallback: Choice): Choice;
  texts(key: string): readonly string[];
  labels(key: string): Readonly<Record<string, string>>;
  address(key: string): { host: string; port: number } | undefined;
  table(key: string): Fields;
  /** The tables inside a table, by name. */
  tables(key: string): [string, Fields][];
  /** Notes the first thing that is wrong with a key; what follows from it is not told. */
  problem(key: string, message: string): void;
  /** Notes that a key stands for a variable that is not set. */
  missing(key: string, variable: string): void;
  isWrong(key: string): boolean;
  warn(key: string, message: string): void;
  /** Warns about the keys that nobody has asked for. */
  warnUnknown(): void;
}

export function createFields(
  value: Readonly<Record<string, unknown>>,
  path: string,
  findings: Findings = { problems: [], warnings: [] },
): Fields {
  const asked = new Set<string>();
  const written = new Map(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]));
  const pathOf = (key: string) => (path === "" ? key : `${path}.${key}`);
  const isWrong = (key: string) => findings.problems.some((one) => one.path === pathOf(key));
  const note = (key: string, problem: Omit<ConfigProblem, "path">) => {
    if (!isWrong(key)) findings.problems.push({ path: pathOf(key), ...problem });
  };
  const problem = (key: string, message: string) => note(key, { message });
  const read = <T>(
    key: string,
    fallback: T,
    wanted: string,
    convert: (item: unknown) => T | undefined,
  ): T => {
    asked.add(key);
    const item = written.get(key);
    if (item === undefined) return fallback;
    const converted = convert(item);
    if (converted === undefined) problem(key, `it must be ${wanted}`);
    return converted ?? fallback;
  };
  const asTable = (item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? (item as Record<string, unknown>)
      : undefined;
  const table = (key: string) => createFields(read(key, {}, "a table", asTable), pathOf(key), findings);
  const number = (key: string, fallback: number, [least, most]: Bounds, isWhole: boolean) =>
    read(key, fallback, `a ${isWhole ? "whole " : ""}number from ${least} to ${most}`, (item) =>
      typeof item === "number" && item >= least && item <= most && (!isWhole || Number.isInteger(item))
        ? item
        : undefined,
    );

  return {
    findings,
    problem,
    missing: (key, variable) =>
      note(key, { message: `the environment variable ${variable} is not set`, variable }),
    isWrong,
    text: (key) => read(key, "", "a text", (item) => (typeof item === "string" ? item : undefined)),
    boolean: (key, fallback) =>
      read(key, fallback, "true or false", (item) => (typeof item === "boolean" ? item : undefined)),
    number: (key, fallback, bounds) => number(key, fallback, bounds, false),
    count: (key, fallback, bounds) => number(key, fallback, bounds, true),
    duration: (key, fallback, most = Number.MAX_VALUE) => {
      const limit = most === Number.MAX_VALUE ? "" : `, at most ${Math.floor(most / day)}d`;
      return read(key, fallback, `a duration such as 90 (seconds) or "1h30m"${limit}`, (item) => {
        const duration = parseDuration(item);
        return duration !== undefined && duration <= most ? duration : undefined;
      });
    },
    size: (key, fallback, least) => {
      const most = `${Math.floor(largestSize / tebibyte)}T`;
      return read(key, fallback, `a size such as "8G", from ${least} bytes to ${most}`, (item) => {
        const size = parseSize(item);
        return size !== undefined && size >= least && size <= largestSize ? size : undefined;
      });
    },
    choice: (key, choices, fallback) =>
      read(key, fallback, `one of ${choices.join(", ")}`, (item) => choices.find((one) => one === item)),
    texts: (key) =>
      read(key, [] as string[], "a list of texts", (item) =>
        Array.isArray(item) && item.every((one) => typeof one === "string") ? (item as string[]) : undefined,
      ),
    labels: (key) =>
      read(key, {} as Record<string, string>, "a table of texts", (item) => {
        const entries = asTable(item);
        return entries !== undefined && Object.values(entries).every((one) => typeof one === "string")
          ? (entries as Record<string, string>)
          : undefined;
      }),
    address: (key) =>
      read<{ host: string; port: number } | undefined>(
        key,
        undefined,
        "HOST:PORT, such as 127.0.0.1:9101",
        (item) => {
          const [, host, port] =
            /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(typeof item === "string" ? item : "") ?? [];
          return host !== undefined && Number(port) <= 65535 ? { host, port: Number(port) } : undefined;
        },
      ),
    table,
    tables: (key) => {
      const inner = read(key, {} as Record<string, unknown>, "a table of tables", asTable);
      return Object.entries(inner).flatMap(([name, item]): [string, Fields][] => {
        const entries = asTable(item);
        if (entries !== undefined) return [[name, createFields(entries, `${pathOf(key)}.${name}`, findings)]];
        problem(`${key}.${name}`, "it must be a table");
        return [];
      });
    },
    warn: (key, message) => {
      findings.warnings.push({ path: pathOf(key), message });
    },
    warnUnknown: () => {
      for (const key of written.keys()) {
        if (asked.has(key)) continue;
        const meant = nearestKey(key, asked);
        const message = meant === undefined ? unknownKey : `${unknownKey}; did you mean ${meant}?`;
        findings.warnings.push({ path: pathOf(key), message });
      }
    },
  };
}

/** Whether a warning is about a key that nobody reads. */
export function isUnknownKey({ message }: Pick<ConfigProblem, "message">): boolean {
  return message.startsWith(unknownKey);
}

/** The key that is most likely meant: at most a third of its letters differ. */
function nearestKey(key: string, known: Iterable<string>): string | undefined {
  const plain = key.replaceAll("-", "_");
  const [best] = [...known]
    .map((candidate) => ({ candidate, differs: distance(plain, candidate) }))
    .sort((one, other) => one.differs - other.differs);
  return best !== undefined && best.differs <= best.candidate.length / 3 ? best.candidate : undefined;
}
