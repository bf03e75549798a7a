/** Exit codes of plan42. Part of its interface: scripts rely on them. */
export const exitCodes = {
  success: 0,
  /** It could not be done; stderr says why. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** There is no server, token or runner configuration to work with yet. */
  notConfigured: 3,
  /** The runner, which was to be asked, does not run. */
  notRunning: 4,
  /** The user had enough before it was done; as shells count Ctrl-C. */
  interrupted: 130,
} as const;
