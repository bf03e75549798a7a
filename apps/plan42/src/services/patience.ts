import type { ProgressOptions } from "@plano/terminal";

/** How a wait for a runner is shown whose jobs may finish: it takes minutes, and a log should not be silent. */
export const patience: ProgressOptions = { lineEveryMilliseconds: 30_000 };
