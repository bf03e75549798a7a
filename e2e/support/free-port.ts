import { createServer } from "node:net";

/** Below the ports that systems give away by themselves: nobody gets one of these by chance. */
const firstPort = 20_000;
const portsOfWorker = 4_000;
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % 3;
/** Another file's run begins elsewhere. */
let next = (process.pid * 17) % portsOfWorker;

/** A port of 127.0.0.1 that nobody holds, and that no other test gets for some time: a gateway may take it later. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < portsOfWorker; tries += 1) {
    const port = firstPort + worker * portsOfWorker + next;
    next = (next + 1) % portsOfWorker;
    if (await isFree(port)) return port;
  }
  throw new Error("there is no free port");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
