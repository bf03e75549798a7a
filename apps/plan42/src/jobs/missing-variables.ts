/** What a command says of variables that the runner's configuration names, and that its own shell does not have. */
export function tellMissing(variables: readonly string[]): string {
  return `not set in this shell, and named by the configuration: ${variables.join(", ")}`;
}

/** Why a token is not looked at. */
export const tokenElsewhere = "its token is in a variable that this shell does not have";

/** Who needs them. */
export const missingHint =
  'The runner needs them where it is started. A service gets none: token_file = "PATH" keeps a token for it.';
