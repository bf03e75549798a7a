/** Exit codes of plan42-runner-config. Part of its interface: scripts rely on them. */
export const exitCodes = {
  success: 0,
  /** Something could not be done, or is not valid; stderr says what. */
  failure: 1,
  /** The command line is wrong, or there is no terminal. */
  usage: 2,
  /** There is no configuration yet. */
  notConfigured: 3,
} as const;
