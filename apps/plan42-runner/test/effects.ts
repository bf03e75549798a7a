import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Counts what agents do: each calls `GET /<job>` when it has its effect. */
export interface Effects {
  /** A line of shell for an agent's prompt: has the effect, then works for so many seconds. */
  prompt(jobId: string, seconds: number): string;
  count(jobId: string): number;
  close(): Promise<void>;
}

export async function startEffects(): Promise<Effects> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const jobId = request.url?.slice(1) ?? "";
    counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
    response.end("noted\n");
  });
  // Containers reach this machine by its address on their bridge.
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    prompt: (jobId, seconds) =>
      `echo begin; wget -q -O - http://host.docker.internal:${port}/${jobId}; sleep ${seconds}; echo end; exit 4`,
    count: (jobId) => counts.get(jobId) ?? 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
