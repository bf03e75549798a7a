import { crc32 } from "node:zlib";

/** One frame of `application/vnd.amazon.eventstream`, with headers that are strings and a JSON payload. */
function frame(headers: Readonly<Record<string, string>>, payload: object): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const body = Buffer.from(JSON.stringify(payload));
  const bytes = Buffer.alloc(12 + head.length + body.length + 4);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(head.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  head.copy(bytes, 12);
  body.copy(bytes, 12 + head.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

export function eventFrame(type: string, payload: object): Uint8Array {
  return frame(
    { ":event-type": type, ":content-type": "application/json", ":message-type": "event" },
    { ...payload, p: padding(type, payload) },
  );
}

export function exceptionFrame(type: string, message: string): Uint8Array {
  return frame(
    { ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" },
    { message },
  );
}

/** A frame whose last check does not fit its content. */
export function brokenFrame(): Uint8Array {
  const bytes = eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "broken" } });
  const [last = 0] = bytes.subarray(-1);
  bytes.set([last ^ 0xff], bytes.length - 1);
  return bytes;
}

const stringType = 7;

function header(name: string, value: string): Buffer {
  const [key, text] = [Buffer.from(name), Buffer.from(value)];
  const bytes = Buffer.alloc(1 + key.length + 3 + text.length);
  bytes.writeUInt8(key.length, 0);
  key.copy(bytes, 1);
  bytes.writeUInt8(stringType, 1 + key.length);
  bytes.writeUInt16BE(text.length, 2 + key.length);
  text.copy(bytes, 4 + key.length);
  return bytes;
}

/** The service hides the length of its texts behind letters of its own. */
function padding(type: string, payload: object): string {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return letters.slice(0, 1 + ((type.length * 7 + JSON.stringify(payload).length) % letters.length));
}
