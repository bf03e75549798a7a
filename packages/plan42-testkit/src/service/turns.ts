import { checkKeys, checkTime, refusal, type ServiceAnswer, Violation } from "./rules.ts";

/** A turn as the service shows it. */
interface ServiceTurn {
  readonly TenantId: string;
  readonly TaskId: string;
  readonly TurnIndex: number;
  readonly Prompt: string;
  readonly CommitInfo: Record<string, unknown>;
  Status: string;
  OutputMessage?: string;
  ErrorMessage?: string;
  readonly CreatedAt: string;
  UpdatedAt: string;
  CompletedAt?: string;
  Version: number;
}

/** One entry of a turn's log. */
interface ServiceLogEntry {
  readonly Timestamp: string;
  readonly Message: string;
}

/** A turn with all that happened to it. */
export interface TurnRecord {
  readonly turn: ServiceTurn;
  readonly logs: ServiceLogEntry[];
  /** Every status that was written, in order. */
  readonly statuses: string[];
}

export interface Turns {
  readonly all: ReadonlyMap<string, TurnRecord>;
  create(tenantId: string, taskId: string, turnIndex: number, prompt: string): TurnRecord;
  find(taskId: string, turnIndex: number): TurnRecord;
  /** Changes a turn behind the runner's back, as a user's cancellation does. */
  change(taskId: string, turnIndex: number, change: Partial<ServiceTurn>): void;
  show(key: string): ServiceAnswer;
  update(key: string, version: number, body: unknown): ServiceAnswer;
  appendLogs(key: string, version: number, body: unknown): ServiceAnswer;
  lastLog(key: string): ServiceAnswer;
}

const terminal = ["Completed", "Succeeded", "Done", "Failed"];

/** The name under which a turn is kept. */
export function turnKey(taskId: string, turnIndex: number | string): string {
  return `${taskId}/${turnIndex}`;
}

export function createTurns(): Turns {
  const records = new Map<string, TurnRecord>();
  const notFound = () => refusal(404, "NotFound", "no such turn");
  const conflict = (turn: ServiceTurn, errorType: string, message: string) =>
    refusal(409, errorType, message, { CurrentType: "Turn", Current: { ...turn } });
  const check = (key: string, version: number, isLog = false): ServiceAnswer | TurnRecord => {
    const record = records.get(key);
    if (record === undefined) return notFound();
    const { turn } = record;
    if (!isLog && terminal.includes(turn.Status))
      return conflict(turn, "UpdateCompletedTurn", "the turn has ended");
    if (turn.Version !== version) return conflict(turn, "Conflict", "version mismatch");
    return record;
  };
  const write = (record: TurnRecord, change: Partial<ServiceTurn>) => {
    const { turn } = record;
    Object.assign(turn, change, { Version: turn.Version + 1, UpdatedAt: new Date().toISOString() });
    if (change.Status !== undefined) record.statuses.push(change.Status);
  };

  return {
    all: records,
    create: (tenantId, taskId, turnIndex, prompt) => {
      const now = new Date().toISOString();
      const turn: ServiceTurn = {
        TenantId: tenantId,
        TaskId: taskId,
        TurnIndex: turnIndex,
        Prompt: prompt,
        CommitInfo: {},
        Status: "Pending",
        CreatedAt: now,
        UpdatedAt: now,
        Version: 1,
      };
      const record = { turn, logs: [], statuses: [] };
      records.set(turnKey(taskId, turnIndex), record);
      return record;
    },
    find: (taskId, turnIndex) => {
      const record = records.get(turnKey(taskId, turnIndex));
      if (record === undefined) throw new Error(`there is no turn ${turnKey(taskId, turnIndex)}`);
      return record;
    },
    change: (taskId, turnIndex, change) => {
      const record = records.get(turnKey(taskId, turnIndex));
      if (record !== undefined) write(record, change);
    },

    show: (key) => {
      const record = records.get(key);
      return record === undefined ? notFound() : { status: 200, body: { ...record.turn } };
    },

    update: (key, version, body) => {
      const change = checkKeys(
        body,
        ["PreviousResponseID?", "CommitInfo?", "Status?", "OutputMessage?", "ErrorMessage?", "CompletedAt?"],
        "the turn's update",
      );
      if (change.CompletedAt !== undefined) checkTime(change.CompletedAt, "CompletedAt");
      if (terminal.includes(String(change.Status)) && change.CompletedAt === undefined) {
        throw new Violation("a turn ends without CompletedAt");
      }
      const record = check(key, version);
      if ("status" in record) return record;
      write(record, change);
      return { status: 200, body: { ...record.turn } };
    },

    appendLogs: (key, version, body) => {
      const { Index, Logs } = checkKeys(body, ["Index", "Logs"], "the log upload");
      if (!Array.isArray(Logs) || Logs.length === 0) throw new Violation("Logs is no list with entries");
      if (Logs.length > 500 || Buffer.byteLength(JSON.stringify(body)) > 1_048_576) {
        return refusal(413, "TooLarge", "too many entries or bytes");
      }
      for (const entry of Logs) {
        checkTime(checkKeys(entry, ["Timestamp", "Message"], "a log entry").Timestamp, "Timestamp");
      }
      // As the server, a turn that has ended takes what was on its way.
      const record = check(key, version, true);
      if ("status" in record) return record;
      if (Index !== record.logs.length)
        return refusal(400, "BadRequest", `Index must be ${record.logs.length}`);
      record.logs.push(...(Logs as ServiceLogEntry[]));
      write(record, {});
      return { status: 200, body: { Version: record.turn.Version } };
    },

    lastLog: (key) => {
      const record = records.get(key);
      const last = record?.logs.at(-1);
      if (record === undefined || last === undefined) return refusal(404, "NotFound", "no logs");
      return { status: 200, body: { Index: record.logs.length - 1, ...last } };
    },
  };
}
