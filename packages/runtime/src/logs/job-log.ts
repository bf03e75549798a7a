import { type FileHandle, open } from "node:fs/promises";
import { takePieces } from "./pieces.ts";
import type { Redaction } from "./redaction.ts";

export interface JobLogOptions {
  readonly path: string;
  readonly redaction: Redaction;
  /** Most bytes that this attempt may write; what comes later is dropped, and a notice says so. */
  readonly limitBytes: number;
  /** Where this attempt begins in the file; what follows is written anew. Default: at the end. */
  readonly offset?: number;
  /** Gets every line that is written, redacted and without its end; long ones in pieces. */
  readonly onLine?: (line: string) => void;
  /** Told once when the file cannot be opened or written; lines go on without it. */
  readonly onFileError: (error: unknown) => void;
}

/** The log of one attempt at a job: a part of a file that only its owner may read. */
export interface JobLog {
  /** Where the attempt begins in the file. */
  readonly offset: number;
  /** Appends what the container wrote. */
  write(bytes: Uint8Array): Promise<void>;
  /** Appends a line of the runner's own, whatever the limit, once there is no more output. */
  note(text: string): Promise<void>;
  /** The last lines, redacted, oldest first. */
  lastLines(): readonly string[];
  /** Safe to call twice. */
  close(): Promise<void>;
}

const keptLines = 20;

/** Opens the log of an attempt. Its folder must exist. Never rejects, and neither do the log's methods. */
export async function openJobLog(options: JobLogOptions): Promise<JobLog> {
  const { path, redaction, limitBytes, onLine } = options;
  let file: FileHandle | undefined;
  let offset = options.offset ?? 0;
  const giveUp = async (error: unknown) => {
    options.onFileError(error);
    await file?.close().catch(() => {});
    file = undefined;
  };
  try {
    ({ file, offset } = await openForOwner(path, options.offset));
  } catch (error) {
    await giveUp(error);
  }

  const redactor = redaction.redactor();
  const decoder = new TextDecoder();
  const last: string[] = [];
  let position = offset;
  let written = 0;
  let isFull = false;
  let isClosed = false;
  let line = "";

  const append = async (bytes: Uint8Array) => {
    try {
      for (let start = 0; file !== undefined && start < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, start, bytes.length - start, position);
        start += bytesWritten;
        position += bytesWritten;
      }
    } catch (error) {
      await giveUp(error);
    }
  };
  const takeLine = (text: string) => {
    last.push(text);
    if (last.length > keptLines) last.shift();
    onLine?.(text);
  };
  const takeText = (text: string) => {
    const lines = (line + text).split("\n");
    const unfinished = lines.pop() ?? "";
    for (const one of lines) takeLine(takePieces(one.endsWith("\r") ? one.slice(0, -1) : one, takeLine));
    line = takePieces(unfinished, takeLine);
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
    note: async (text) => {
      await show(redactor.end());
      await note(redaction.text(text));
    },
    lastLines: () => [...last, ...(line === "" ? [] : [line])].slice(-keptLines),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await show(redactor.end());
      if (line !== "") takeLine(line);
      line = "";
      await file?.close().catch(options.onFileError);
    },
  };
}

async function openForOwner(
  path: string,
  wantedOffset: number | undefined,
): Promise<{ readonly file: FileHandle; readonly offset: number }> {
  const file = await openOrCreate(path);
  try {
    const { size } = await file.stat();
    const offset = Math.min(wantedOffset ?? size, size);
    await file.truncate(offset);
    await file.chmod(0o600);
    return { file, offset };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return await open(path, "wx+", 0o600);
  }
}
