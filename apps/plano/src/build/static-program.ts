import { readFileSync } from "node:fs";
import { AppError, describeCause } from "@plano/errors";

/** What `e_machine` is of the architectures, by the names that an engine has for them. */
const machines: Readonly<Record<string, number>> = { x86_64: 62, aarch64: 183, amd64: 62, arm64: 183 };

/**
 * Throws an AppError unless a file is a program that an image with nothing else in it can run: for Linux on this
 * architecture, and without a loader.
 */
export function requireStaticProgram(path: string, architecture: string): void {
  const problem = whyNotStatic(read(path), architecture);
  if (problem === undefined) return;
  throw new AppError(`${path} cannot be the program of an image: ${problem}`, {
    code: "not-static",
    hint: "planoai build without --program builds one that can.",
  });
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new AppError(`cannot read the program ${path}: ${describeCause(cause)}`, {
      code: "read-failed",
      cause,
    });
  }
}

const executable = 2;
const positionIndependent = 3;
const interpreter = 3;

/** Why the content of a file is no static program for an architecture; undefined if it is one. */
export function whyNotStatic(content: Buffer, architecture: string): string | undefined {
  const isElf = content.length >= 64 && content.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"));
  if (!isElf) return "it is no program for Linux";
  const [width, order] = [content[4], content[5]];
  if (width !== 2 || order !== 1 || content.readUInt16LE(18) !== (machines[architecture] ?? -1))
    return `it is not for ${architecture}, which the engine runs on`;
  const isProgram = [executable, positionIndependent].includes(content.readUInt16LE(16));
  if (!isProgram || content.readBigUInt64LE(24) === 0n) return "it is no program that can be started";
  return segmentTypes(content).includes(interpreter)
    ? "it is not static, and the image has no libraries"
    : undefined;
}

function segmentTypes(content: Buffer): number[] {
  const offset = Number(content.readBigUInt64LE(32));
  const [size, count] = [content.readUInt16LE(54), content.readUInt16LE(56)];
  const places = Array.from({ length: count }, (_, index) => offset + index * size);
  return places.filter((place) => place + 4 <= content.length).map((place) => content.readUInt32LE(place));
}
