/** Exit codes of planoai. Part of its interface: scripts rely on them. */
export const exitCodes = {
  success: 0,
  /** The command could not do what it was asked to; stderr says why. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** `status` only: no gateway is running. */
  notRunning: 3,
  /** Interrupted before it was done. */
  interrupted: 130,
} as const;
