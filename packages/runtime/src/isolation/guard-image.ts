import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Runtime } from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";
import { guardPrograms } from "./guard-program.ts";

/** Where the guard is in its image. */
export const guardPath = "/guard";

/**
 * Puts the guard's image on the machine unless it is there, and resolves to its reference. The image is one
 * static program of a kilobyte that comes with this package, so no registry is asked.
 */
export async function ensureGuardImage(runtime: Runtime, signal?: AbortSignal): Promise<string> {
  const { architecture } = await runtime.engine(signal);
  const program = guardPrograms[architecture];
  if (program === undefined) {
    throw new RuntimeError(`there is no network guard for ${architecture} processors`, {
      failure: "failed",
      hint: 'Set network = "default" in the [runner] section to run jobs without it.',
    });
  }
  const version = createHash("sha256").update(program).digest("hex").slice(0, 12);
  const reference = `localhost/plan42/guard:${version}`;
  if ((await runtime.image(reference, signal)) === undefined) {
    await runtime.importImage(reference, tarOfOneProgram(gunzipSync(Buffer.from(program, "base64"))), signal);
  }
  return reference;
}

const block = 512;

/** A tar file (ustar) with one executable in it. */
function tarOfOneProgram(program: Uint8Array): Uint8Array {
  const header = Buffer.alloc(block);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  header.write(guardPath.slice(1), 0);
  header.write(octal(0o555, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(program.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((block - (program.length % block)) % block);
  return Buffer.concat([header, program, padding, Buffer.alloc(2 * block)]);
}
