import { connect } from "node:net";

export interface RawReply {
  /** 0 when the connection closed without a status line. */
  readonly status: number;
  readonly head: string;
  /** Without the framing of chunks. */
  readonly body: string;
}

/**
 * Sends exact bytes and reads until the server has answered and closed, or has answered in full, or the time
 * is up (which rejects: a hang).
 */
export function sendRaw(port: number, bytes: string | Buffer, timeoutMs = 10_000): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const received: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(
          `no answer within ${timeoutMs} ms; got: ${Buffer.concat(received).toString().slice(0, 200)}`,
        ),
      );
    }, timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(parse(Buffer.concat(received).toString("utf8")));
    };
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (chunk) => {
      received.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      if (isComplete(Buffer.concat(received))) settle();
    });
    socket.on("close", settle);
    // A reset after the answer is how a server refuses the rest of a body.
    socket.on("error", () => {});
  });
}

/** A request with a JSON body, as exact bytes. */
export function post(path: string, body: string | Buffer, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const unless = (given: RegExp, line: string) =>
    headers.some((header) => given.test(header)) ? [] : [line];
  const head = [
    `POST ${path} HTTP/1.1`,
    ...unless(/^host:/i, "host: gateway"),
    "content-type: application/json",
    ...headers,
    ...unless(/^(content-length|transfer-encoding)/i, `content-length: ${bytes.length}`),
    "",
    "",
  ].join("\r\n");
  return Buffer.concat([Buffer.from(head), bytes]);
}

function isComplete(bytes: Buffer): boolean {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = bytes.subarray(0, end).toString();
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return bytes.length >= end + 4 + Number(length);
  return /^transfer-encoding: *chunked/im.test(head) && bytes.subarray(end).includes("\r\n0\r\n\r\n");
}

function parse(text: string): RawReply {
  const end = text.indexOf("\r\n\r\n");
  const head = end < 0 ? text : text.slice(0, end);
  const body = end < 0 ? "" : text.slice(end + 4);
  return {
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: /^transfer-encoding: *chunked/im.test(head) ? joinChunks(body) : body,
  };
}

/** For bodies in ASCII, as error bodies are here: sizes count bytes. */
function joinChunks(text: string): string {
  const [, size = "0"] = /^([0-9a-f]+)\r\n/i.exec(text) ?? [];
  const start = size.length + 2;
  const length = Number.parseInt(size, 16);
  if (length === 0) return "";
  return text.slice(start, start + length) + joinChunks(text.slice(start + length + 2));
}
