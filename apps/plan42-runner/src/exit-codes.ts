/** Exit codes of plan42-runner. Part of its interface: service managers rely on them. */
export const exitCodes = {
  success: 0,
  /** It could not go on; stderr says why. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Stopped, but jobs were left running or were broken off. */
  forced: 3,
  /** The configuration or the token is bad; starting again does not help. */
  badConfig: 78,
} as const;
