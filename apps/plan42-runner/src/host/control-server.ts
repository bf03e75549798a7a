import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { AppError } from "@plano/errors";
import {
  createControlClient,
  type KillResult,
  type RunnerStatus,
  type RunnerUsage,
  secondRunnerHint,
} from "@plano/runner-home";
import type { Logger } from "pino";

export interface ControlServerOptions {
  readonly socketPath: string;
  /** The folder that only one daemon may use, wherever its socket is. */
  readonly folder: string;
  readonly log: Logger;
}

/** What those who ask by the socket are told. */
interface ControlAnswers {
  status(): Promise<RunnerStatus>;
  usage(): Promise<RunnerUsage>;
  /** False if there is no such job. */
  kill(jobId: string): Promise<boolean>;
}

/** A socket that only its owner may use. */
export interface ControlServer {
  /** Answers from now on, first those who have asked while the daemon was starting. */
  serve(answers: ControlAnswers): void;
  close(): Promise<void>;
}

/**
 * Opens the control socket, which is also what keeps a second daemon of the same user from taking the first
 * one's jobs. Throws an `AppError` if one runs.
 */
export async function openControlSocket(options: ControlServerOptions): Promise<ControlServer> {
  const { socketPath, folder, log } = options;
  const answers = Promise.withResolvers<ControlAnswers>();
  await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
  // Where the socket is depends on the session that the daemon is started in; its folder is the same.
  const record = join(folder, "control-socket");
  const recorded = (await readFile(record, "utf8").catch(() => "")).trim();
  await refuseSecond(socketPath);
  if (recorded !== "" && recorded !== socketPath) await refuseSecond(recorded);
  await rm(socketPath, { force: true });

  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const killed = /^\/jobs\/([^/]+)\/kill$/.exec(path)?.[1];
    const reply = (question: (answers: ControlAnswers) => Promise<object>) =>
      answer(response, answers.promise.then(question));
    if (request.method === "GET" && path === "/status") {
      reply(({ status }) => status());
    } else if (request.method === "GET" && path === "/usage") {
      reply(({ usage }) => usage());
    } else if (request.method === "POST" && killed !== undefined) {
      reply(
        async ({ kill }): Promise<KillResult> => ({
          result: (await kill(decodeURIComponent(killed))) ? "killed" : "no-such-job",
        }),
      );
    } else {
      send(response, 404, { error: "not found" });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // The socket is made without rights for others; there is no moment in which it has more.
    const before = process.umask(0o177);
    server.listen(socketPath, () => resolve());
    process.umask(before);
  });
  await chmod(socketPath, 0o600);
  server.unref();
  await writeFile(record, `${socketPath}\n`, { mode: 0o600 }).catch((error: unknown) => {
    // On a full disk the daemon goes on without.
    log.warn({ err: error, path: record }, "the place of the control socket could not be recorded");
  });
  return {
    serve: answers.resolve,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(socketPath, { force: true });
    },
  };
}

/** Throws if a daemon answers at this socket. */
async function refuseSecond(socketPath: string): Promise<void> {
  const other = await createControlClient(socketPath).status();
  if (other === undefined) return;
  const { pid, configFile } = other;
  const which = configFile === undefined ? `process ${pid}` : `process ${pid}, configuration ${configFile}`;
  throw new AppError(`another runner is running (${which})`, {
    code: "already-running",
    hint: `To end it: kill ${pid}\n${secondRunnerHint}`,
  });
}

function answer(response: ServerResponse, body: Promise<object>): void {
  body.then(
    (value) => send(response, 200, value),
    (error: unknown) => send(response, 500, { error: String(error) }),
  );
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
