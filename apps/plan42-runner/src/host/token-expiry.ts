import { AppError } from "@plano/errors";
import type { Logger } from "pino";
import { exitCodes } from "../exit-codes.ts";

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
      hint: `This machine's clock says ${now.toISOString()}. A new token: plan42 runner token NAME --write-config`,
      exitCode: exitCodes.badConfig,
    });
  }
  if (left < warnMilliseconds) {
    log.warn({ expiresAt: expiresAt.toISOString() }, "the runner token expires soon");
  }
}
