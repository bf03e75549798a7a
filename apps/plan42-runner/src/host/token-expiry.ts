import { AppError } from "@plano/errors";
import type { Logger } from "pino";
import { exitCodes } from "../exit-codes.ts";
import { newTokenHint } from "./server-state.ts";

const warnMilliseconds = 7 * 24 * 3_600_000;
/** Clocks are not all the same. */
const toleranceMilliseconds = 5 * 60_000;

/** Throws if the token has expired, and warns when it is about to. */
export function checkExpiry(expiresAt: Date | undefined, now: Date, log: Logger): void {
  if (expiresAt === undefined) return;
  const left = expiresAt.getTime() - now.getTime();
  if (left < -toleranceMilliseconds) {
    throw new AppError(`the runner token expired at ${expiresAt.toISOString()}`, {
      code: "token-expired",
      hint: `${newTokenHint}\nThis machine's clock says ${now.toISOString()}.`,
      exitCode: exitCodes.badConfig,
    });
  }
  if (left < warnMilliseconds) {
    log.warn({ expiresAt: expiresAt.toISOString(), hint: newTokenHint }, "the runner token expires soon");
  }
}
