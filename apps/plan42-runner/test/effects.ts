import { type AddressInfo, createServer } from "node:net";

/** Counts what agents do: each sends its job's id when it has its effect. */
export interface Effects {
  /** A line of shell for an agent's prompt: has the effect, then works for so many seconds. */
  prompt(jobId: string, seconds: number): string;
  count(jobId: string): number;
  close(): Promise<void>;
}

export async function startEffects(): Promise<Effects> {
  const counts = new Map<string, number>();
  const server = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      text += part;
      if (!text.endsWith("\n")) return;
      const jobId = text.trim();
      counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
      socket.end("noted\n");
    });
    socket.on("error", () => {});
  });
  // Containers reach this machine by its address on their bridge.
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    prompt: (jobId, seconds) =>
      `echo begin; echo ${jobId} | nc -w 5 host.docker.internal ${port}; sleep ${seconds}; echo end; exit 4`,
    count: (jobId) => counts.get(jobId) ?? 0,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
