import type { Environment, RepositoryInfoMap, Turn } from "@plano/protocol";
import {
  bigint,
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";

// What changes here needs a migration: npm run migration -w plan42-server.

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: "date" });

/** Fields that every object has; `sequence` is the order in which lists show them. */
const common = {
  sequence: bigserial("sequence", { mode: "number" }).notNull(),
  version: integer("version").notNull().default(1),
  createdAt: moment("created_at").notNull(),
  updatedAt: moment("updated_at").notNull(),
};
const deleted = boolean("deleted").notNull().default(false);
const tenantId = text("tenant_id").notNull();

/** What the server keeps about itself, such as the key that signs tokens. */
export const settings = pgTable("settings", {
  key: text("key").primaryKey(),
  value: text("value").notNull(),
});

export const tenants = pgTable("tenants", {
  id: text("id").primaryKey(),
  type: text("type").notNull(),
  /** Names, mail address, picture: as they were given. */
  profile: jsonb("profile").$type<Record<string, string>>().notNull(),
  defaultRunnerId: text("default_runner_id"),
  defaultGithubConnectionId: text("default_github_connection_id"),
  deleted,
  ...common,
});

export const runners = pgTable(
  "runners",
  {
    tenantId,
    id: text("id").notNull(),
    name: text("name").notNull(),
    description: text("description"),
    isCloud: boolean("is_cloud").notNull(),
    runsTasks: boolean("runs_tasks").notNull(),
    proxiesGithub: boolean("proxies_github").notNull(),
    deleted,
    ...common,
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.id] })],
);

/** Tokens of runners, users and admins. Only the hash of a token's signature is kept. */
export const tokens = pgTable(
  "tokens",
  {
    tenantId,
    id: text("id").notNull(),
    kind: text("kind", { enum: ["runner", "admin"] }).notNull(),
    /** Empty for tokens that are no runner's. */
    runnerId: text("runner_id").notNull(),
    signatureHash: text("signature_hash").notNull(),
    expiresAt: moment("expires_at").notNull(),
    revokedAt: moment("revoked_at"),
    ...common,
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.runnerId, table.id] })],
);

/** Hashes of all public keys that queues have ever had: none may come back. */
export const usedPublicKeys = pgTable("used_public_keys", {
  hash: text("hash").primaryKey(),
  createdAt: moment("created_at").notNull(),
});

export const runnerQueues = pgTable(
  "runner_queues",
  {
    tenantId,
    runnerId: text("runner_id").notNull(),
    id: text("id").notNull(),
    publicKey: text("public_key").notNull(),
    isHealthy: boolean("is_healthy").notNull(),
    draining: boolean("draining").notNull(),
    failedChecks: integer("failed_checks").notNull(),
    successfulChecks: integer("successful_checks").notNull(),
    lastCheckAt: moment("last_check_at"),
    /** When a server process may claim the next health check. */
    nextCheckAt: moment("next_check_at").notNull(),
    /** Up to some seconds old. */
    lastPolledAt: moment("last_polled_at"),
    ...common,
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.runnerId, table.id] }),
    index("runner_queues_next_check").on(table.nextCheckAt),
  ],
);

/** Messages on their way, where several server processes share one database. */
export const messages = pgTable(
  "messages",
  {
    id: text("id").primaryKey(),
    sequence: bigserial("sequence", { mode: "number" }).notNull(),
    /** Tenant, runner and queue. */
    queue: text("queue").notNull(),
    callerId: text("caller_id").notNull(),
    body: jsonb("body").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (table) => [index("messages_queue").on(table.queue, table.sequence)],
);

/** Answers on their way to another server process. */
export const responses = pgTable("responses", {
  messageId: text("message_id").primaryKey(),
  callerId: text("caller_id").notNull(),
  queue: text("queue").notNull(),
  payload: jsonb("payload").notNull(),
  createdAt: moment("created_at").notNull(),
});

export const githubConnections = pgTable(
  "github_connections",
  {
    tenantId,
    id: text("id").notNull(),
    isPrivate: boolean("is_private").notNull(),
    runnerId: text("runner_id"),
    name: text("name"),
    githubUserLogin: text("github_user_login"),
    githubUserId: bigint("github_user_id", { mode: "number" }),
    /** The tokens, encrypted. */
    secrets: text("secrets"),
    tokenExpiry: moment("token_expiry"),
    /** Of an authorisation that is under way. */
    state: text("state"),
    stateExpiry: moment("state_expiry"),
    ...common,
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.id] })],
);

/** What a user chooses of an environment. */
export type EnvironmentContent = Pick<
  Environment,
  "Name" | "Description" | "Context" | "Repos" | "SetupScript" | "DockerImage" | "AllowedHosts"
>;

export const environments = pgTable(
  "environments",
  {
    tenantId,
    id: text("id").notNull(),
    content: jsonb("content").$type<EnvironmentContent>().notNull(),
    /** The variables, encrypted. */
    secrets: text("secrets"),
    runnerId: text("runner_id"),
    githubConnectionId: text("github_connection_id"),
    deleted,
    ...common,
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.id] })],
);

export const tasks = pgTable(
  "tasks",
  {
    tenantId,
    id: text("id").notNull(),
    title: text("title").notNull(),
    environmentId: text("environment_id"),
    prompt: text("prompt").notNull(),
    model: text("model"),
    repositories: jsonb("repositories").$type<RepositoryInfoMap>().notNull(),
    state: text("state").notNull(),
    deleted,
    ...common,
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    index("tasks_updated").on(table.updatedAt),
  ],
);

export const turns = pgTable(
  "turns",
  {
    tenantId,
    taskId: text("task_id").notNull(),
    index: integer("index").notNull(),
    prompt: text("prompt").notNull(),
    previousResponseId: text("previous_response_id"),
    commits: jsonb("commits").$type<Turn["CommitInfo"]>().notNull(),
    status: text("status").notNull(),
    isTerminal: boolean("is_terminal").notNull().default(false),
    outputMessage: text("output_message"),
    errorMessage: text("error_message"),
    /** As the agent wrote it. */
    completedAt: text("completed_at"),
    /** Set until a runner has taken the turn: when a server process may (again) claim to send it. */
    dispatchAt: moment("dispatch_at"),
    logCount: integer("log_count").notNull().default(0),
    /** Bytes of the log's texts. */
    logBytes: integer("log_bytes").notNull().default(0),
    /** When this server took note of the end, and the turn's version from then on. */
    endedAt: moment("ended_at"),
    endVersion: integer("end_version"),
    ...common,
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.taskId, table.index] }),
    index("turns_active").on(table.isTerminal, table.updatedAt),
    uniqueIndex("turns_sequence").on(table.sequence),
  ],
);

export const turnLogs = pgTable(
  "turn_logs",
  {
    tenantId,
    taskId: text("task_id").notNull(),
    turnIndex: integer("turn_index").notNull(),
    index: integer("index").notNull(),
    /** As the agent wrote it. */
    timestamp: text("timestamp").notNull(),
    message: text("message").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.taskId, table.turnIndex, table.index] })],
);
