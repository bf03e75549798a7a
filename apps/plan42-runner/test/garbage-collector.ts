import { vi } from "vitest";

/** Has a Node program collect its garbage. */
export interface Collector {
  /** Resolves when it has. */
  collect(): Promise<void>;
  close(): void;
}

/** Reaches a program that was started with `--inspect`, by what it has written to its standard error. */
export async function openCollector(written: () => string): Promise<Collector> {
  const address = await vi.waitFor(() => {
    const found = /ws:\/\/\S+/.exec(written())?.[0];
    if (found === undefined) throw new Error(`the program cannot be inspected`);
    return found;
  });
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`cannot connect to ${address}`)), { once: true });
  });
  let calls = 0;
  return {
    collect: () =>
      new Promise((resolve) => {
        calls += 1;
        const id = calls;
        const hear = ({ data }: MessageEvent) => {
          if (JSON.parse(String(data)).id !== id) return;
          socket.removeEventListener("message", hear);
          resolve();
        };
        socket.addEventListener("message", hear);
        socket.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
      }),
    close: () => socket.close(),
  };
}
