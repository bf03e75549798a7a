import type { WrittenConfig } from "@plano/runner-home";
import type { ConfigEdit, ConfigValue } from "@plano/runner-home/edit";
import { type Connection, fileOf, type Setup } from "./setup.ts";

/** What has to change in a file for it to say a setup. Nothing that it says already is touched. */
export function editsOf(written: WrittenConfig, setup: Setup): readonly ConfigEdit[] {
  const { url, token, runtime, skipSslVerify, caFile, connections } = setup;
  const kept = new Map(connections.map((connection) => [connection.key, connection]));
  const gone = written.github.filter(
    ({ key, values }) => kept.get(key)?.connectionId !== (values.connection_id ?? ""),
  );
  return [
    ...changes(["runner"], written.runner, {
      url,
      ...secretKeys(token),
      runtime,
      skip_ssl_verify: skipSslVerify || undefined,
      ca_file: caFile || undefined,
    }),
    ...gone.map(({ key }) => ({ path: ["github", key], value: undefined })),
    ...connections.flatMap((connection) => connectionChanges(written, connection)),
  ];
}

function connectionChanges(written: WrittenConfig, connection: Connection): readonly ConfigEdit[] {
  const { key, name, url, connectionId, token } = connection;
  const same = written.github.find(
    (one) => one.key === key && (one.values.connection_id ?? "") === connectionId,
  );
  const keys = { name, url, connection_id: connectionId, ...secretKeys(token) };
  return changes(["github", key], same?.values ?? {}, keys);
}

/** A secret in the keys of the file, of which only one is to be there. */
function secretKeys(secret: string) {
  const file = fileOf(secret);
  return file === undefined
    ? { token: secret || undefined, token_file: undefined }
    : { token: undefined, token_file: file };
}

function changes(
  path: readonly string[],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, ConfigValue | undefined>>,
): readonly ConfigEdit[] {
  return Object.entries(after)
    .filter(([key, value]) => before[key] !== value)
    .map(([key, value]) => ({ path: [...path, key], value }));
}
