import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import release from "./envoy-release.json" with { type: "json" };
import { runTool } from "./run-tool.ts";

/** The list of versions as the archive publishes it, as far as it is read. */
interface VersionList {
  readonly versions?: Readonly<
    Record<string, { readonly tarballs?: Readonly<Record<string, string>> } | undefined>
  >;
  /** By the tarballs' names. */
  readonly sha256sums?: Readonly<Record<string, string>>;
}

const listLimitMilliseconds = 15_000;
const downloadLimitMilliseconds = 300_000;
const mostBytes = 512 * 1024 * 1024;

/**
 * Downloads the pinned release into a folder and returns the program's path there. `list` is the address of the
 * archive's list of versions, which says what the checksum is. Rejects with an Error that says why it cannot be had.
 */
export async function fromReleaseArchive(list: string, folder: string): Promise<string> {
  const machine = `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`;
  const reply = await get(list, listLimitMilliseconds);
  const known = (await reply.json()) as VersionList;
  const address = known.versions?.[release.version]?.tarballs?.[machine];
  const name = `envoy-v${release.version}-${machine.replace("/", "-")}.tar.xz`;
  const sha256 = known.sha256sums?.[name];
  if (address === undefined || sha256 === undefined)
    throw new Error(`there is no Envoy ${release.version} for ${machine}`);
  const archive = join(folder, name);
  const found = await download(address, archive);
  if (found !== sha256) throw new Error(`${address} is not the file that was expected: ${found}`);
  await runTool("tar", ["-xJf", archive, "-C", folder, "--strip-components", "1"]);
  return join(folder, "bin", "envoy");
}

async function get(address: string, limit: number): Promise<Response> {
  const reply = await fetch(address, { signal: AbortSignal.timeout(limit) });
  if (!reply.ok) throw new Error(`${address} answers ${reply.status}`);
  return reply;
}

/** Writes what is at an address to a file; resolves to its SHA-256. */
async function download(address: string, path: string): Promise<string> {
  const { body } = await get(address, downloadLimitMilliseconds);
  if (body === null) throw new Error(`${address} is empty`);
  const hash = createHash("sha256");
  let size = 0;
  const counted = async function* (pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) {
      size += piece.length;
      if (size > mostBytes) throw new Error(`${address} is larger than ${mostBytes} bytes`);
      hash.update(piece);
      yield piece;
    }
  };
  await pipeline(Readable.fromWeb(body), counted, createWriteStream(path, { mode: 0o600 }));
  return hash.digest("hex");
}
