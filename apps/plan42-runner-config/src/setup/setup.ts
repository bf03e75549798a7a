import type { WrittenConfig, WrittenConnection } from "@plano/runner-home";

/** What the form is about: the part of the configuration that a person sets up. */
export interface Setup {
  /** A token, `env:NAME`, or `file:PATH`. */
  readonly token: string;
  readonly url: string;
  readonly runtime: string;
  readonly skipSslVerify: boolean;
  /** Empty is none. */
  readonly caFile: string;
  /** In a stable order: by name, then by id. */
  readonly connections: readonly Connection[];
}

/** A GitHub that the service reaches through this machine. */
export interface Connection {
  /** The name of its table in the file. */
  readonly key: string;
  readonly connectionId: string;
  readonly name: string;
  readonly url: string;
  /** A token, `env:NAME`, or `file:PATH`. */
  readonly token: string;
}

/** The service that a new configuration is for, unless the user says otherwise. */
const defaultUrl = "https://api.dev.plan42.ai";
export const defaultGithubUrl = "https://github.com";

/** What a file says. Without a runtime it is `defaultRuntime`. */
export function setupOf({ runner, github }: WrittenConfig, defaultRuntime: string): Setup {
  return {
    token: secretOf(runner),
    url: textOf(runner.url) || defaultUrl,
    runtime: textOf(runner.runtime).trim().toLowerCase() || defaultRuntime,
    skipSslVerify: runner.skip_ssl_verify === true,
    caFile: textOf(runner.ca_file),
    connections: github.map(connectionOf).sort(byName),
  };
}

/** The order in which connections are shown. */
export function byName(one: Connection, other: Connection): number {
  return compare(one.name, other.name) || compare(one.connectionId, other.connectionId);
}

function connectionOf({ key, values }: WrittenConnection): Connection {
  return {
    key,
    connectionId: textOf(values.connection_id),
    name: textOf(values.name) || key,
    url: textOf(values.url) || defaultGithubUrl,
    token: secretOf(values),
  };
}

/** The secret of a table in the form's spelling: one text, whichever key it is written in. */
function secretOf(values: Readonly<Record<string, unknown>>): string {
  const file = textOf(values.token_file);
  return file === "" ? textOf(values.token) : `file:${file}`;
}

/** The path in `file:PATH`, or undefined. */
export function fileOf(secret: string): string | undefined {
  return secret.startsWith("file:") ? secret.slice("file:".length) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
