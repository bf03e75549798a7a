import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createKeyring, keySize, sealedBy } from "./keyring.ts";

const [first, second] = [randomBytes(keySize), randomBytes(keySize)];

test("what is sealed opens in its place, and never looks the same twice", () => {
  const keyring = createKeyring([first]);
  const sealed = keyring.seal("sécret", "here");
  expect(sealed).not.toContain("cret");
  expect(keyring.open(sealed, "here")).toBe("sécret");
  expect(keyring.seal("sécret", "here")).not.toBe(sealed);
  expect(keyring.open(keyring.seal("", "here"), "here")).toBe("");
});

test("it opens in no other place, not when changed, not cut, and not with another key", () => {
  const keyring = createKeyring([first]);
  const sealed = keyring.seal("secret", "here");
  expect(() => keyring.open(sealed, "there")).toThrow("the secret of there is damaged");
  const at = sealed.length - 5;
  const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
  for (const wrong of [changed, sealed.slice(0, -4), sealed.slice(0, 16)]) {
    expect(() => keyring.open(wrong, "here")).toThrow("the secret of here is damaged");
  }
  expect(() => createKeyring([second]).open(sealed, "here")).toThrow("sealed with another key");
  expect(() => keyring.open("plain", "here")).toThrow("sealed with another key");
});

test("the first key seals, the others still open", () => {
  const old = createKeyring([first]);
  const both = createKeyring([second, first]);
  const sealed = old.seal("secret", "here");
  expect(both.open(sealed, "here")).toBe("secret");
  expect(sealedBy(sealed)).toBe(old.currentId);
  expect(sealedBy(both.seal("secret", "here"))).toBe(createKeyring([second]).currentId);
});
