import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";

/** A Postgres of a test's own. */
export interface TestPostgres {
  readonly url: string;
  /** Makes an empty database beside the one of the URL and returns its own. */
  createDatabase(name: string): Promise<string>;
  /** Breaks all connections, as a restart or a network does. */
  breakConnections(): Promise<void>;
  stop(): Promise<void>;
}

/** The folder with Postgres's programs, or undefined if it is not installed. */
export function findPostgres(): string | undefined {
  const versions = "/usr/lib/postgresql";
  const packaged = existsSync(versions)
    ? readdirSync(versions).map((version) => join(versions, version, "bin"))
    : [];
  const folders = [...packaged.reverse(), ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** Starts Postgres on a free port of 127.0.0.1, as another user where this one is root. */
export async function startPostgres(programs: string): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "plan42-postgres-"));
  const identity = process.getuid?.() === 0 ? userOf("postgres") : {};
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid ?? 0);
  chmodSync(folder, 0o700);
  const data = join(folder, "data");
  const options = { cwd: folder, ...identity };
  execFileSync(join(programs, "initdb"), ["-D", data, "-A", "trust", "-U", "test", "--no-sync"], {
    ...options,
    stdio: "ignore",
  });
  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    "fsync=off",
  ];
  const child = spawn(
    join(programs, "postgres"),
    ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    {
      ...options,
      stdio: "ignore",
    },
  );
  const url = `postgres://test@127.0.0.1:${port}/postgres`;
  await untilReady(url, child);
  return {
    url,
    createDatabase: async (name) => {
      await query(url, `create database ${pg.escapeIdentifier(name)}`);
      return Object.assign(new URL(url), { pathname: `/${name}` }).href;
    },
    breakConnections: () =>
      query(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'plan42-server%'",
      ),
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function userOf(name: string): { uid?: number; gid?: number } {
  const id = (option: string) => Number(execFileSync("id", [option, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  await client.query(statement);
  await client.end();
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await query(url, "select 1");
    } catch (error) {
      if (attempt > 300 || child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
