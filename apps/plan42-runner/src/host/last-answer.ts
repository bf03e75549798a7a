import type { Transport } from "@plano/client";

/** A transport that knows when the server was last there. */
export interface WatchedTransport {
  readonly send: Transport;
  /** When it last answered a call, in milliseconds of `performance.now()`. Failures of its own, or of a proxy, are none. */
  answeredAt(): number;
}

export function watchAnswers(transport: Transport): WatchedTransport {
  let at = performance.now();
  return {
    send: async (request) => {
      const reply = await transport(request);
      if (reply.status < 500) at = performance.now();
      return reply;
    },
    answeredAt: () => at,
  };
}
