import { execFile, spawn } from "node:child_process";
import { type FileHandle, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";

/** A program that is held. */
interface HeldProgram {
  /** Resolves when it has taken all of its input, or has ended. */
  readonly fed: Promise<void>;
  /** Whether it has ended, or could not be started. */
  isOver(): boolean;
}

/**
 * What containers write and how they end, in files: the services keep no exit code, and tell the output line by
 * line. It is told only to the program that started the container, so that program is held by a shell of its
 * own, which outlives this process and leaves all of it to whoever asks later.
 */
export interface RunRecords {
  /** Starts a program for a container. Only once for each: `isKept` is true from then on. */
  hold(name: string, words: readonly string[], input: string): Promise<HeldProgram>;
  /** Whether there is a record of this container. */
  isKept(name: string): Promise<boolean>;
  /** The exit code; undefined while the program runs, and for ever if something has ended its shell. */
  exitCode(name: string): Promise<number | undefined>;
  /** Whether the shell is there that will tell the exit code. */
  isHeld(name: string): Promise<boolean>;
  /** The output from a place on, counted from the end if it is negative, as far as it goes. */
  read(name: string, from: number): AsyncIterable<Uint8Array>;
  forget(name: string): Promise<void>;
  /** Hands some text over in a file that is for its owner only, and gone afterwards. */
  withFile(name: string, text: string, work: (path: string) => Promise<unknown>): Promise<void>;
}

/** Takes three files of the record and then the program's words. The output is its own standard output. */
const holder = `umask 077
echo "$$" >"$1" || exit
end=$2
shift 2
"$@"
echo "$?" >"$end.new" && mv "$end.new" "$end"`;

const chunkBytes = 64 * 1024;

/** Records in a folder, which is made when it is first needed. */
export function createRunRecords(folder: string): RunRecords {
  const fileOf = (name: string, kind: "process" | "output" | "end" | "end.new" | "variables") =>
    join(folder, `${name}.${kind}`);
  const readText = async (path: string): Promise<string | undefined> => {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };

  return {
    hold: async (name, words, input) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const output = await open(fileOf(name, "output"), "a", 0o600);
      let isOver = false;
      try {
        const shell = spawn(
          "/bin/sh",
          ["-c", holder, "plan42-holder", fileOf(name, "process"), fileOf(name, "end"), ...words],
          // A session of its own: no signal that is meant for this process reaches it.
          { detached: true, stdio: ["pipe", output.fd, output.fd], cwd: folder },
        );
        const end = () => {
          isOver = true;
        };
        shell.on("error", end).on("exit", end);
        shell.unref();
        const { stdin } = shell as { stdin: Writable };
        stdin.on("error", () => {});
        stdin.end(input);
        // One that ends without reading closes it.
        const fed = finished(stdin, { readable: false }).catch(() => {});
        return { fed, isOver: () => isOver };
      } finally {
        await output.close();
      }
    },

    isKept: async (name) => (await readText(fileOf(name, "process"))) !== undefined,

    exitCode: async (name) => {
      const text = await readText(fileOf(name, "end"));
      return text === undefined ? undefined : Number.parseInt(text, 10);
    },

    isHeld: async (name) => {
      const processId = (await readText(fileOf(name, "process")))?.trim();
      if (!processId) return false;
      try {
        // Another process may have got the number since.
        const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "args=", "-p", processId]);
        return stdout.includes(fileOf(name, "process"));
      } catch {
        return false;
      }
    },

    async *read(name, from) {
      let file: FileHandle;
      try {
        file = await open(fileOf(name, "output"));
      } catch (error) {
        if (isMissing(error)) return;
        throw error;
      }
      try {
        const size = from < 0 ? (await file.stat()).size : 0;
        for (let position = Math.max(0, size + from); ; ) {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
          if (bytesRead === 0) return;
          position += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },

    withFile: async (name, text, work) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = fileOf(name, "variables");
      try {
        await writeFile(path, text, { mode: 0o600 });
        await work(path);
      } finally {
        await rm(path, { force: true });
      }
    },

    forget: async (name) => {
      // The one that says that there is a record goes last.
      for (const kind of ["variables", "output", "end", "end.new", "process"] as const) {
        await rm(fileOf(name, kind), { force: true });
      }
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
