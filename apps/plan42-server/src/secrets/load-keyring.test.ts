import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadKeyring } from "./load-keyring.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plan42-keyring-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key = (fill: number) => Buffer.alloc(32, fill).toString("base64");
const load = (source: Partial<Parameters<typeof loadKeyring>[0]>) =>
  loadKeyring({ written: undefined, folder: undefined, usedId: undefined, ...source });

test("a data folder gets a key of its own, for its owner alone, and keeps it", () => {
  const { currentId } = load({ folder });
  const file = join(folder, "secret.key");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(load({ folder, usedId: currentId }).currentId).toBe(currentId);
  chmodSync(file, 0o640);
  expect(() => load({ folder })).toThrow("others can read");
});

test("the variable stands in for the file, which is not made then", () => {
  const { currentId } = load({ folder, written: key(1) });
  expect(() => statSync(join(folder, "secret.key"))).toThrow("ENOENT");
  expect(load({ written: `${key(2)},${key(1)}`, usedId: currentId }).ids).toHaveLength(2);
  writeFileSync(join(folder, "secret.key"), `${key(2)}\n${key(1)}\n`, { mode: 0o600 });
  expect(load({ folder, usedId: currentId }).currentId).toBe(load({ written: key(2) }).currentId);
});

test("a key that is missing, wrong or none is told, and no other takes its place", () => {
  const { currentId } = load({ written: key(1) });
  const hint = (source: Parameters<typeof load>[0], message: string, hintText: string) =>
    expect(() => load(source)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        ...(hintText !== "" && { hint: expect.stringContaining(hintText) }),
      }),
    );
  hint({}, "PLAN42_SECRET_KEY is not set", "openssl rand -base64 32");
  hint({ folder, usedId: currentId }, `${folder}/secret.key is missing`, "from a copy");
  expect(() => readFileSync(join(folder, "secret.key"))).toThrow("ENOENT");
  hint({ written: key(2), usedId: currentId }, `encrypted with (its id is ${currentId})`, "NEW,OLD");
  for (const written of ["nonsense", `${key(1)},short`, ",", key(1).slice(4)]) {
    hint({ written }, "PLAN42_SECRET_KEY holds no key", "openssl");
  }
  hint({ folder: join(folder, "gone") }, "cannot write", "");
  try {
    load({ written: "c2VjcmV0" });
  } catch (error) {
    expect(String(error)).not.toContain("c2VjcmV0");
  }
});
