export { AppError, type AppErrorOptions, UsageError } from "./app-error.ts";
export { describeCause } from "./describe-cause.ts";
