/** Whether a key of `[runner]` or `[github.NAME]` holds a secret. */
export function isSecretKey(key: string): boolean {
  return /(?:^|_)token$/.test(key.toLowerCase());
}

/** Whether a value refers to a variable, also if it does not name one. */
export function isVariable(value: string): boolean {
  return value.startsWith("env:");
}

/** The variable that a value stands for, as in `env:NAME`. */
export function variableOf(value: string): string | undefined {
  return /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(value)?.[1];
}
