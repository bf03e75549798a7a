import { describeCause } from "@plano/errors";

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host's name cannot be looked up now",
};

/** Why a socket could not be opened, in a few words. */
export function describeConnection(cause: unknown): string {
  const described = describeCause(cause);
  return reasons[described] ?? described;
}
