import { once } from "node:events";
import { connect } from "node:net";

/** Makes one call; resolves to how many microseconds it took. */
export type Caller = () => Promise<number>;

/** One connection that sends the same call of chat completions again and again, each after the last one's answer. */
export async function connectCaller(port: number, body: string): Promise<Caller> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const head = [
    "POST /v1/chat/completions HTTP/1.1",
    `host: 127.0.0.1:${port}`,
    "content-type: application/json",
    "authorization: Bearer sk-bench",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const request = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
  let answer = Buffer.alloc(0);
  let finish: ((error?: Error) => void) | undefined;
  socket.on("data", (piece) => {
    answer = answer.length === 0 ? piece : Buffer.concat([answer, piece]);
    if (isWhole(answer)) finish?.();
  });
  socket.on("close", () => finish?.(new Error(`the connection broke: ${answer}`)));
  return () =>
    new Promise((resolve, reject) => {
      answer = Buffer.alloc(0);
      const begin = process.hrtime.bigint();
      finish = (error) => {
        const took = Number(process.hrtime.bigint() - begin) / 1000;
        finish = undefined;
        if (error === undefined && answer.toString("latin1", 9, 12) === "200") resolve(took);
        else reject(error ?? new Error(answer.toString()));
      };
      socket.write(request);
    });
}

function isWhole(answer: Buffer): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const head = answer.toString("latin1", 0, end);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return answer.length >= end + 4 + Number(length);
  return answer.subarray(-5).equals(Buffer.from("0\r\n\r\n"));
}
