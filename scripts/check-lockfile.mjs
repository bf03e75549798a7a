// Checks package-lock.json: it names no registry, and it knows the packages of every platform. A registry that
// carries only some platforms makes npm leave the others out, and then `npm ci` refuses the file elsewhere.
// `--fix` adds what is missing. Runs on plain Node 20.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./steps.mjs";

/**
 * @typedef {object} Entry
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [dev]
 * @property {string} [license]
 * @property {Record<string, string>} [optionalDependencies]
 */

/** What package names call a system and a processor, and what npm calls them. */
const systems = new Map([
  ["aix", "aix"],
  ["android", "android"],
  ["darwin", "darwin"],
  ["freebsd", "freebsd"],
  ["linux", "linux"],
  ["netbsd", "netbsd"],
  ["openbsd", "openbsd"],
  ["openharmony", "openharmony"],
  ["sunos", "sunos"],
  ["win32", "win32"],
  ["windows", "win32"],
]);
const processors = new Map([
  ["64", "x64"],
  ["arm", "arm"],
  ["arm64", "arm64"],
  ["ia32", "ia32"],
  ["loong64", "loong64"],
  ["ppc64", "ppc64"],
  ["riscv64", "riscv64"],
  ["s390x", "s390x"],
  ["x64", "x64"],
]);
const libraries = new Map([
  ["gnu", "glibc"],
  ["gnueabihf", "glibc"],
  ["musl", "musl"],
  ["musleabihf", "musl"],
]);

/** @param {string} name @param {Map<string, string>} words */
function find(name, words) {
  const found = name
    .split(/[-/]/)
    .map((word) => words.get(word))
    .find((word) => word !== undefined);
  return found === undefined ? undefined : [found];
}

/**
 * The entry that npm would write, as far as the name tells it; the registry's checksum is unknown here.
 * @param {string} name @param {string} version @param {Entry} parent
 */
function platformEntry(name, version, parent) {
  const os = find(name, systems);
  const cpu = find(name, processors);
  const libc = os?.[0] === "linux" ? find(name, libraries) : undefined;
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+/.test(version)) return undefined;
  return {
    version,
    cpu,
    ...(parent.dev && { dev: true }),
    ...(libc && { libc }),
    ...(parent.license && { license: parent.license }),
    optional: true,
    os,
  };
}

/** Whether a package at `place` finds `name`, as Node looks for it. @param {Record<string, Entry>} packages @param {string} place @param {string} name */
function resolves(packages, place, name) {
  for (let folder = place; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`]) return true;
    if (!folder.includes("node_modules/")) return packages[`node_modules/${name}`] !== undefined;
  }
}

const file = join(root, "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8"));
/** @type {Record<string, Entry>} */
const packages = lock.packages;
/** @type {string[]} */
const findings = [];
/** @type {Record<string, object>} */
const additions = {};

for (const [place, entry] of Object.entries(packages)) {
  if (entry.resolved !== undefined && !entry.link) findings.push(`${place} names where it was loaded from`);
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (resolves(packages, place, name)) continue;
    const addition = platformEntry(name, version, entry);
    if (addition) additions[`node_modules/${name}`] = addition;
    findings.push(`${name}, which ${place} may need on another platform, is missing`);
  }
}

if (process.argv.includes("--fix")) {
  for (const entry of Object.values(packages)) if (!entry.link) delete entry.resolved;
  const names = Object.keys({ ...packages, ...additions }).sort((one, other) =>
    one.localeCompare(other, "en"),
  );
  lock.packages = Object.fromEntries(names.map((name) => [name, packages[name] ?? additions[name]]));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${findings.length} mended`);
} else if (findings.length > 0) {
  for (const finding of findings) console.error(`package-lock.json: ${finding}`);
  console.error("Run `node scripts/check-lockfile.mjs --fix`.");
  process.exitCode = 1;
} else {
  console.log(`package-lock.json: ${Object.keys(packages).length} packages, of every platform`);
}
