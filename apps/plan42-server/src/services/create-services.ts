import { loadSigningKeys, signingKeySealedBy } from "../auth/signing-keys.ts";
import { createTokens } from "../auth/tokens.ts";
import { createMemoryBroker } from "../broker/memory-broker.ts";
import { createPostgresBroker } from "../broker/postgres-broker.ts";
import type { OpenDatabase } from "../database/database.ts";
import { openEmbedded } from "../database/embedded.ts";
import { openPostgres } from "../database/postgres.ts";
import { createLocalEvents } from "../events/events.ts";
import { createPostgresEvents } from "../events/postgres-events.ts";
import { loadKeyring } from "../secrets/load-keyring.ts";
import { resealRows } from "../secrets/reseal.ts";
import { createVault } from "../secrets/vault.ts";
import { createQueueRegistry } from "./queue-registry.ts";
import { createRunnerCalls } from "./runner-calls.ts";
import { createServerGithub } from "./server-github.ts";
import type { LogLimits, Services, Timing } from "./services.ts";
import { createTurnDispatch, releaseClaims } from "./turn-dispatch.ts";

/** Where a server keeps what it knows. */
export type Storage =
  | { readonly kind: "embedded"; readonly folder: string; readonly template?: string | undefined }
  | { readonly kind: "postgres"; readonly url: string };

export interface ServicesOptions {
  readonly storage: Storage;
  readonly migrationsFolder: string;
  /** `PLAN42_SECRET_KEY`; without it an embedded database has a key file. */
  readonly secretKey: string | undefined;
  /** The URL under which agents reach the server; it goes into their tokens. */
  readonly agentUrl: string;
  readonly githubUrl: string;
  readonly timing: Timing;
  readonly logLimits: LogLimits;
  readonly now: () => Date;
  readonly stop: AbortSignal;
  readonly onError: (error: unknown) => void;
}

/** Opens the database and puts together what the handlers work with. */
export async function createServices(
  options: ServicesOptions,
): Promise<{ readonly services: Services; readonly close: () => Promise<void> }> {
  const { storage, secretKey, agentUrl, githubUrl, timing, logLimits, now, stop, onError } = options;
  const opened = await openDatabase(options);
  const { database } = opened;
  try {
    const keyring = loadKeyring({
      written: secretKey,
      folder: storage.kind === "embedded" ? storage.folder : undefined,
      usedId: await signingKeySealedBy(database),
    });
    const vault = createVault(keyring);
    // The signing key comes last: which key it is encrypted with tells that of all the rest.
    await resealRows(database, keyring);
    const keys = await loadSigningKeys(database, agentUrl, keyring);
    const events =
      storage.kind === "postgres" ? await createPostgresEvents(storage.url, onError) : createLocalEvents();
    const broker =
      storage.kind === "postgres"
        ? createPostgresBroker({ database, events, onError })
        : createMemoryBroker(events);
    const tokens = createTokens({ database, events, now, keys });
    const queues = createQueueRegistry({ database, events, now, onError });
    const calls = createRunnerCalls({
      database,
      broker,
      now,
      stop,
      timeouts: { answer: timing.answerLimit, fetch: timing.fetchLimit },
    });
    const github = createServerGithub(githubUrl);
    const { runnerWait, unansweredWait } = timing;
    // Whoever claimed something in a folder that is now ours is gone.
    if (storage.kind === "embedded") await releaseClaims(database, now());
    const dispatch = createTurnDispatch({
      database,
      events,
      calls,
      tokens,
      vault,
      github,
      now,
      onError,
      runnerWait,
      unansweredWait,
      stop,
    });
    return {
      services: {
        database,
        reclaim: opened.reclaim,
        events,
        broker,
        tokens,
        vault,
        github,
        queues,
        calls,
        dispatch,
        agentUrl,
        timing,
        logLimits,
        now,
        stop,
        onError,
      },
      close: async () => {
        await events.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function openDatabase({ storage, migrationsFolder, onError }: ServicesOptions): Promise<OpenDatabase> {
  return storage.kind === "postgres"
    ? openPostgres(storage.url, migrationsFolder, onError)
    : openEmbedded({ folder: storage.folder, template: storage.template, migrationsFolder });
}
