import { z } from "zod";
import { commitEntrySchema, lastTurnLogSchema, turnLogEntrySchema, turnSchema } from "../objects/turn.ts";
import { booleanText, numberText, timestamp, wireObject } from "../wire.ts";
import { endpoint, everybody, optionalText, page, pageQuery, users, usersAndAgent } from "./endpoint.ts";

const turns = "/v1/tenants/{tenantId}/tasks/{taskId}/turns";
const turn = `${turns}/{turnIndex}` as const;
const includeDeleted = wireObject({ includeDeleted: booleanText.optional() });
const longestText = 512 * 1024;

export const turnEndpoints = {
  createTurn: endpoint({
    method: "PUT",
    path: turn,
    summary: "Adds the next turn to a task whose last one has ended. If-Match is the task's version.",
    callers: users,
    status: 201,
    ifMatch: "optional",
    body: wireObject({ Prompt: z.string().max(longestText) }),
    result: turnSchema,
  }),
  getTurn: endpoint({
    method: "GET",
    path: turn,
    summary: "Shows a turn.",
    callers: everybody,
    status: 200,
    query: includeDeleted,
    result: turnSchema,
  }),
  getLastTurn: endpoint({
    method: "GET",
    path: `${turns}/last`,
    summary: "Shows a task's last turn.",
    callers: everybody,
    status: 200,
    query: includeDeleted,
    result: turnSchema,
  }),
  listTurns: endpoint({
    method: "GET",
    path: turns,
    summary: "Lists a task's turns.",
    callers: users,
    status: 200,
    query: wireObject({ ...pageQuery, includeDeleted: booleanText.optional() }),
    result: page(turnSchema),
    aliases: { Items: "Turns" },
  }),
  updateTurn: endpoint({
    method: "PATCH",
    path: turn,
    summary: "Reports on a turn. An empty body is a sign of life. A turn that has ended stays as it is.",
    callers: usersAndAgent,
    status: 200,
    ifMatch: "required",
    body: wireObject({
      PreviousResponseID: optionalText(256),
      CommitInfo: z.record(z.string(), commitEntrySchema).optional(),
      Status: z.string().min(1).max(256).optional(),
      OutputMessage: optionalText(longestText),
      ErrorMessage: optionalText(longestText),
      CompletedAt: timestamp.optional(),
    }),
    result: turnSchema,
  }),
  uploadTurnLogs: endpoint({
    method: "POST",
    path: `${turn}/logs`,
    summary:
      "Appends to a turn's log. Index is one more than the last entry's, 0 at first. A turn that has ended takes " +
      "entries for ten seconds more, under its version or the one before its end. A log that is full answers 413.",
    callers: usersAndAgent,
    status: 200,
    ifMatch: "required",
    body: wireObject({
      Index: z.number().int().min(0),
      Logs: z.array(wireObject({ Timestamp: timestamp, Message: z.string().default("") })),
    }),
    result: wireObject({ Version: z.number().int() }),
  }),
  streamTurnLogs: endpoint({
    method: "GET",
    path: `${turn}/logs`,
    summary:
      "Streams a turn's log as server-sent events; 204 when it has ended and all is sent. The stream outlives the " +
      "turn until nothing has come for two seconds.",
    callers: users,
    status: 200,
    query: includeDeleted,
    result: turnLogEntrySchema,
    isStream: true,
  }),
  getLastTurnLog: endpoint({
    method: "GET",
    path: `${turn}/logs/last`,
    summary: "Shows the last entry of a turn's log.",
    callers: usersAndAgent,
    status: 200,
    query: includeDeleted,
    result: lastTurnLogSchema,
  }),
  listActiveTurns: endpoint({
    method: "GET",
    path: "/v1/turns",
    summary: "Lists the turns of all tenants that have not ended, by when they last gave a sign of life.",
    callers: ["admin"],
    status: 200,
    query: wireObject({
      ...pageQuery,
      partition: numberText.min(0),
      /** Exclusive. */
      maxUpdatedAt: timestamp,
      /** Inclusive. */
      minUpdatedAt: timestamp.optional(),
    }),
    result: page(turnSchema),
  }),
} as const;
