import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { probeImage } from "@plano/plan42-testkit";
import { type AppleOptions, createAppleRuntime } from "../apple/apple-runtime.ts";
import type { Runtime } from "../runtime.ts";

/** A stand-in for Apple's `container`, with what it knows in a folder of its own. */
export interface ApplePlace {
  /** Where runtimes keep their records. */
  readonly records: string;
  runtime(options?: Partial<AppleOptions>): Runtime;
  /** Puts a file into what the stand-in knows. */
  put(file: string, text?: string): void;
  remove(file: string): void;
  /** The words of all calls so far. */
  calls(): readonly (readonly string[])[];
  clear(): void;
}

const imageDetails = {
  name: probeImage,
  index: { digest: "sha256:1111", mediaType: "application/vnd.oci.image.index.v1+json", size: 512 },
  variants: [
    {
      platform: { os: "linux", architecture: "arm64" },
      size: 4096,
      config: { architecture: "arm64", os: "linux", config: { Labels: { "ai.plan42.logs": "stdout" } } },
    },
  ],
};

export function createApplePlace(): ApplePlace {
  const folder = mkdtempSync(join(tmpdir(), "plan42-apple-"));
  const known = join(folder, "known");
  const records = join(folder, "records");
  const program = join(folder, "container");
  for (const part of ["containers", "networks"]) mkdirSync(join(known, part), { recursive: true });
  writeFileSync(join(known, "images.json"), JSON.stringify({ [probeImage]: imageDetails }));
  writeFileSync(join(known, "calls"), "");
  // Without its types it is up in half of the time.
  const sources = [
    new URL("./apple-stand-in.ts", import.meta.url),
    new URL("./apple-stand-in-words.ts", import.meta.url),
  ];
  for (const source of sources) {
    const program = stripTypeScriptTypes(readFileSync(source, "utf8")).replaceAll('.ts"', '.mjs"');
    writeFileSync(join(folder, basename(source.pathname).replace(/ts$/, "mjs")), program);
  }
  const standIn = join(folder, "apple-stand-in.mjs");
  const script = `#!/bin/sh\nAPPLE_STAND_IN='${known}' exec '${process.execPath}' '${standIn}' "$@"\n`;
  writeFileSync(program, script, { mode: 0o755 });
  return {
    records,
    runtime: (options) => createAppleRuntime({ program, folder: records, startServices: true, ...options }),
    put: (file, text = "") => writeFileSync(join(known, file), text),
    remove: (file) => rmSync(join(known, file), { recursive: true, force: true }),
    calls: () =>
      readFileSync(join(known, "calls"), "utf8")
        .split("\n")
        .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as string[]])),
    clear: () => rmSync(folder, { recursive: true, force: true }),
  };
}
