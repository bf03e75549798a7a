import { z } from "zod";
import { wireObject } from "./wire.ts";

/** Stable names of what went wrong. Others may come from other servers. */
export const errorTypes = {
  badRequest: "BadRequest",
  unauthorized: "Unauthorized",
  forbidden: "Forbidden",
  notFound: "NotFound",
  conflict: "Conflict",
  updateCompletedTurn: "UpdateCompletedTurn",
  tooLarge: "TooLarge",
  tooManyRequests: "TooManyRequests",
  internal: "InternalError",
  unavailable: "Unavailable",
  runnerError: "RunnerError",
  noHealthyRunner: "NoHealthyRunner",
  runnerTimeout: "RunnerTimeout",
  githubError: "GithubError",
} as const;

/** The body of every answer that is not a success. The reference client looks at `ResponseCode` alone. */
export const errorBodySchema = wireObject({
  ResponseCode: z.number().int(),
  Message: z.string().default(""),
  ErrorType: z.string().default(""),
  /** With a 409: what kind of object is in the way, and the object. */
  CurrentType: z.string().optional(),
  Current: z.unknown().optional(),
});
export type ErrorBody = z.output<typeof errorBodySchema>;
