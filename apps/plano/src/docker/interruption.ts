import { AppError } from "@plano/errors";
import { exitCodes } from "../exit-codes.ts";

/** Throws the AppError of a program that was told to stop before it was done. */
export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new AppError("interrupted", { code: "interrupted", exitCode: exitCodes.interrupted });
  }
}
