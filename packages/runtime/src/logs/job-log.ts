import { type FileHandle, open } from "node:fs/promises";
import type { Redaction } from "./redaction.ts";

export interface JobLogOptions {
  readonly path: string;
  readonly redaction: Redaction;
  /** Most bytes that this attempt may write; what comes later is dropped, and a notice says so. */
  readonly limitBytes: number;
  /** Where this attempt begins in the file; what follows is written anew. Default: at the end. */
  readonly offset?: number;
  /** Gets every line that is written, redacted and without its end. */
  readonly onLine?: (line: string) => void;
}

/** The log of one attempt at a job: a part of a file that only its owner may read. */
export interface JobLog {
  /** Where the attempt begins in the file. */
  readonly offset: number;
  /** Appends what the container wrote. */
  write(bytes: Uint8Array): Promise<void>;
  /** Appends a line of the runner's own, whatever the limit. */
  note(text: string): Promise<void>;
  /** The last lines, redacted, oldest first. */
  lastLines(): readonly string[];
  /** Safe to call twice. */
  close(): Promise<void>;
}

const keptLines = 20;
/** A line that is longer is shown in pieces of this many characters to those who get lines. */
const longestLine = 8192;

/** Opens the log of an attempt. Its folder must exist. */
export async function openJobLog(options: JobLogOptions): Promise<JobLog> {
  const { path, redaction, limitBytes, onLine } = options;
  const file = await openForOwner(path);
  const { size } = await file.stat();
  const offset = Math.min(options.offset ?? size, size);
  await file.truncate(offset);
  await file.chmod(0o600);

  const redactor = redaction.redactor();
  const decoder = new TextDecoder();
  const last: string[] = [];
  let position = offset;
  let written = 0;
  let isFull = false;
  let isClosed = false;
  let line = "";

  const append = async (bytes: Uint8Array) => {
    for (let start = 0; start < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, start, bytes.length - start, position);
      start += bytesWritten;
      position += bytesWritten;
    }
  };
  const takeLine = (text: string) => {
    last.push(text);
    if (last.length > keptLines) last.shift();
    onLine?.(text);
  };
  const takeText = (text: string) => {
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    for (const one of lines) takeLine(one.endsWith("\r") ? one.slice(0, -1) : one);
    while (line.length > longestLine) {
      takeLine(line.slice(0, longestLine));
      line = line.slice(longestLine);
    }
  };
  const show = async (bytes: Uint8Array) => {
    if (isFull || bytes.length === 0) return;
    const room = limitBytes - written;
    const shown = bytes.length > room ? bytes.subarray(0, room) : bytes;
    written += shown.length;
    takeText(decoder.decode(shown, { stream: true }));
    await append(shown);
    if (shown.length < bytes.length) {
      isFull = true;
      await note(`log truncated: the limit of ${limitBytes} bytes is reached`);
    }
  };
  const note = async (text: string) => {
    const own = `[plan42-runner] ${text}`;
    const before = line === "" ? "" : "\n";
    if (line !== "") takeText("\n");
    takeLine(own);
    await append(Buffer.from(`${before}${own}\n`));
  };

  return {
    offset,
    write: (bytes) => show(redactor.write(bytes)),
    note: async (text) => note(redaction.text(text)),
    lastLines: () => [...last, ...(line === "" ? [] : [line])].slice(-keptLines),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      try {
        await show(redactor.end());
        if (line !== "") takeLine(line);
        line = "";
      } finally {
        await file.close();
      }
    },
  };
}

async function openForOwner(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return await open(path, "wx+", 0o600);
  }
}
