import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTerminal } from "@plano/terminal";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../src/context.ts";
import release from "../src/native/envoy-release.json" with { type: "json" };
import { findEnvoy } from "../src/native/find-envoy.ts";
import { installEnvoy } from "../src/native/install-envoy.ts";

const { version } = release;
const machine = `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`;
const name = `envoy-v${version}-${machine.replace("/", "-")}.tar.xz`;

let home: string;
let server: Server;
let url: string;
/** What the archive serves, by path. */
const served = new Map<string, Buffer | string>();

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "planoai-test-"));
  served.clear();
  server = createServer((request, response) => {
    const content = served.get(request.url ?? "");
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

/** A context whose python3 is a script of this text. */
function context(python: string): Context {
  const bin = join(home, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "python3"), `#!/bin/sh\n${python}\n`);
  chmodSync(join(bin, "python3"), 0o755);
  const silent = { write: () => true };
  return {
    terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
    environment: { HOME: home, PATH: bin, PLANO_ENVOY_ARCHIVE: `${url}/envoy-versions.json` },
    currentFolder: home,
    programFolder: join(home, "apps", "plano"),
    ownCommand: [],
    readInput: async () => "",
    onStopSignal: () => () => {},
  };
}

function serveArchive(sha256?: string): void {
  const folder = join(home, "archive", `envoy-v${version}`);
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "bin", "envoy"), "#!/bin/sh\necho the program\n");
  const archive = join(home, name);
  execFileSync("tar", ["-cJf", archive, "-C", join(home, "archive"), `envoy-v${version}`]);
  const content = readFileSync(archive);
  served.set(`/${name}`, content);
  const list = {
    versions: { [version]: { tarballs: { [machine]: `${url}/${name}` } } },
    sha256sums: { [name]: sha256 ?? createHash("sha256").update(content).digest("hex") },
  };
  served.set("/envoy-versions.json", JSON.stringify(list));
}

test("the release is downloaded, checked, and found the next time", async () => {
  serveArchive();
  const here = context("exit 1");
  expect(findEnvoy(undefined, here)).toBeUndefined();
  const path = await installEnvoy(here);
  expect(path).toBe(join(home, ".plano/bin/envoy"));
  expect(readFileSync(path, "utf8")).toContain("the program");
  expect(statSync(path).mode & 0o111).toBe(0o111);
  expect(readFileSync(join(home, ".plano/bin/envoy.version"), "utf8")).toBe(`v${version}\n`);
  expect(findEnvoy(undefined, here)).toBe(path);
});

test("another version in the same place is not used", async () => {
  serveArchive();
  const here = context("exit 1");
  await installEnvoy(here);
  writeFileSync(join(home, ".plano/bin/envoy.version"), "v1.0.0\n");
  expect(findEnvoy(undefined, here)).toBeUndefined();
});

test.each([
  ["an archive that is not what its list says", () => serveArchive("0".repeat(64)), /not the file that was/],
  ["a list without the release", () => served.set("/envoy-versions.json", "{}"), /there is no Envoy/],
  ["no archive", () => {}, /answers 404/],
])("%s leads to the Python package, and what fails is told", async (_, serve, reason) => {
  serve();
  const failed = installEnvoy(context("echo 'no index here' >&2; exit 1"));
  await expect(failed).rejects.toMatchObject({ code: "no-envoy" });
  const { hint } = (await failed.catch((error: unknown) => error)) as { hint: string };
  expect(hint).toMatch(reason);
  expect(hint).toContain("• the Python package: python3: no index here");
  expect(hint).toContain("PLANO_ENVOY");
});
