import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A proxy that lets nothing out and notes who asked. */
export interface Exit {
  /** Variables that send a program's requests here, but those to this machine. */
  readonly environment: Readonly<Record<string, string>>;
  /** The first line of each request. */
  readonly attempts: readonly string[];
  close(): void;
}

export async function openExit(): Promise<Exit> {
  const attempts: string[] = [];
  const server = createServer((socket) => {
    // What the other side does after it was refused is its own affair.
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      attempts.push(bytes.toString("latin1").split("\r\n", 1)[0] ?? "");
      socket.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      ALL_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
      NO_PROXY: "127.0.0.1,localhost",
      no_proxy: "127.0.0.1,localhost",
    },
    attempts,
    close: () => server.close(),
  };
}
