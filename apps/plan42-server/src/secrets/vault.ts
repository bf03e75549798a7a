import type { Environment } from "@plano/protocol";
import type { environments } from "../database/schema.ts";
import type { Keyring } from "./keyring.ts";

/** The tokens with which this server acts at GitHub. */
export interface GithubTokens {
  readonly OAuthToken?: string;
  readonly RefreshToken?: string;
}

type Variables = Environment["EnvVars"];
type RowKey = Pick<typeof environments.$inferSelect, "tenantId" | "id">;
type SealedRow = RowKey & Pick<typeof environments.$inferSelect, "secrets">;

/** What rows keep encrypted. Null stands for nothing to keep. A row's secrets open in that row only. */
export interface Vault {
  variablesOf(row: SealedRow): Variables;
  sealVariables(row: RowKey, variables: Variables): string | null;
  githubTokensOf(row: SealedRow): GithubTokens;
  sealGithubTokens(row: RowKey, tokens: GithubTokens): string | null;
}

/** A vault by some keys. */
export function createVault(keyring: Keyring): Vault {
  const seal = (place: string, value: object, isEmpty: boolean) =>
    isEmpty ? null : keyring.seal(JSON.stringify(value), place);
  const open = (place: string, sealed: string) => JSON.parse(keyring.open(sealed, place));
  return {
    variablesOf: (row) => (row.secrets === null ? [] : open(environmentPlace(row), row.secrets)),
    sealVariables: (row, variables) => seal(environmentPlace(row), variables, variables.length === 0),
    githubTokensOf: (row) => (row.secrets === null ? {} : open(connectionPlace(row), row.secrets)),
    sealGithubTokens: (row, tokens) =>
      seal(connectionPlace(row), tokens, !tokens.OAuthToken && !tokens.RefreshToken),
  };
}

export function environmentPlace({ tenantId, id }: RowKey): string {
  return `environment/${tenantId}/${id}`;
}

export function connectionPlace({ tenantId, id }: RowKey): string {
  return `github-connection/${tenantId}/${id}`;
}

/** Variables as they are shown: secret ones without their value. */
export function shownVariables(variables: Variables): Variables {
  return variables.map((variable) => (variable.IsSecret ? { ...variable, Value: "" } : variable));
}

/** Changed variables; a secret one whose value is left out, as it is shown, keeps the one that it has. */
export function mergeVariables(known: Variables, changed: Variables): Variables {
  const secrets = new Map(known.filter(({ IsSecret }) => IsSecret).map(({ Name, Value }) => [Name, Value]));
  return changed.map((variable) =>
    variable.IsSecret && variable.Value === ""
      ? { ...variable, Value: secrets.get(variable.Name) ?? "" }
      : variable,
  );
}
