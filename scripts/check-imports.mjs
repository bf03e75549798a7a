// Checks who may import whom: TypeScript packages and apps, Rust crates. Runs on plain Node 20.
//   errors ← docker-engine, logger, protocol, waiting ← terminal, config, crypto, client, github, runtime ← apps
//   hermesllm ← common ← gateway_core ← { wasm_host ← filters ; brightstaff }
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

const foundations = ["docker-engine", "errors", "launcher", "logger", "protocol", "waiting"];
const middle = ["terminal", "screen", "config", "crypto", "client", "github", "runtime", "runner-home"];
/** Packages that only tests, suites and demos use. */
const testOnly = ["testkit", "plan42-testkit"];
const browserApps = ["console"];
const browserPackages = ["protocol", "client", "errors"];

/** Which workspace crates a crate may name. */
const crateImports = {
  hermesllm: [],
  common: ["hermesllm"],
  gateway_core: ["hermesllm", "common"],
  wasm_host: ["hermesllm", "common", "gateway_core"],
  llm_gateway: ["hermesllm", "common", "gateway_core", "wasm_host"],
  prompt_gateway: ["hermesllm", "common", "gateway_core", "wasm_host"],
  brightstaff: ["hermesllm", "common", "gateway_core"],
};
/** Crates with no socket, clock, file or environment of their own. */
const pureCrates = ["hermesllm", "common", "gateway_core"];
const hostLibraries = /^(tokio|hyper|reqwest|axum|mio|async-std|smol|h2|proxy-wasm)(-|$)/;
const hostCalls = [
  [/\bstd::fs\b/, "files"],
  [/\bstd::env::/, "the environment"],
  [/\b(?:Instant|SystemTime)::now\b/, "the clock"],
  [/\bstd::net::(?:Tcp|Udp)/, "sockets"],
  [/\bstd::process\b/, "processes"],
  [/\bstd::thread\b/, "threads"],
];

/** @type {string[]} */
const findings = [];

/** @param {string} file @param {string} text */
function report(file, text) {
  findings.push(`${relative(root, file)}: ${text}`);
}

/** @param {string} folder @returns {string[]} */
function subfolders(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** @param {string} folder @param {RegExp} pattern @returns {string[]} */
function filesUnder(folder, pattern) {
  if (!existsSync(folder)) return [];
  /** @type {string[]} */
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!["node_modules", "dist", "target", ".turbo"].includes(entry.name)) {
        found.push(...filesUnder(path, pattern));
      }
    } else if (pattern.test(entry.name)) {
      found.push(path);
    }
  }
  return found;
}

/** Removes comments, so that an example in a comment is no import. @param {string} text */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

/** @param {string} text @returns {string[]} */
function importedNames(text) {
  const pattern =
    /(?:^|[;\s])(?:import|export)\s[^"'`;]*?from\s*["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']/gm;
  return [...withoutComments(text).matchAll(pattern)].flatMap(
    (match) => match[1] ?? match[2] ?? match[3] ?? [],
  );
}

/** @param {string} manifest @returns {Record<string, any>} */
function readManifest(manifest) {
  return JSON.parse(readFileSync(manifest, "utf8"));
}

/** @typedef {{ kind: "package" | "app" | "suite", name: string, folder: string }} Room */

/** @param {Room} room @param {boolean} isTest @returns {string[]} package names without scope */
function allowedPackages(room, isTest) {
  const tests = isTest ? testOnly : [];
  if (room.kind === "suite") return [...foundations, ...middle, ...testOnly];
  if (room.kind === "app") {
    return [...(browserApps.includes(room.name) ? browserPackages : [...foundations, ...middle]), ...tests];
  }
  if (foundations.includes(room.name)) return room.name === "errors" ? tests : ["errors", ...tests];
  return [...foundations, ...tests];
}

/** @param {Room} room @param {Map<string, Set<string>>} entries */
function checkTypeScriptRoom(room, entries) {
  for (const file of filesUnder(room.folder, /\.(ts|tsx|mts|mjs|js)$/)) {
    const isTest = /\.test\.tsx?$/.test(file) || /vitest\.config/.test(file) || /[/\\]tests?[/\\]/.test(file);
    const allowed = allowedPackages(room, isTest);
    const text = readFileSync(file, "utf8");
    for (const specifier of importedNames(text)) {
      if (specifier.startsWith(".")) {
        const target = resolve(dirname(file), specifier);
        const isContract = target.startsWith(join(root, "config") + sep);
        if (!target.startsWith(room.folder + sep) && !isContract) {
          report(file, `imports ${specifier}, which is outside its package`);
        }
        continue;
      }
      const scoped = /^@plano\/([^/]+)(\/.+)?$/.exec(specifier);
      if (!scoped) {
        if (/^(planoai|plan42)/.test(specifier)) report(file, `imports the program ${specifier}`);
        continue;
      }
      const name = scoped[1] ?? "";
      if (name !== room.name && !allowed.includes(name)) {
        report(file, `${room.kind} ${room.name} may not import @plano/${name}`);
      }
      if (!entries.get(name)?.has(`.${scoped[2] ?? ""}`)) {
        report(file, `imports ${specifier}, which is not among the package's exports`);
      }
    }
    if (room.kind === "package" && !isTest && !testOnly.includes(room.name)) {
      const state = /\bprocess\.(exit|env|argv|cwd|stdout|stderr|stdin|exitCode)\b|\bconsole\.\w+\(/.exec(
        withoutComments(text),
      );
      if (state) report(file, `a library uses ${state[0]}`);
    }
  }
}

function checkTypeScript() {
  /** @type {Room[]} */
  const rooms = [
    ...subfolders(join(root, "packages")).map((name) => ({
      kind: /** @type {const} */ ("package"),
      name,
      folder: join(root, "packages", name),
    })),
    ...subfolders(join(root, "apps")).map((name) => ({
      kind: /** @type {const} */ ("app"),
      name,
      folder: join(root, "apps", name),
    })),
    ...["e2e", "bench", "demos/jobs", "demos/tour"].map((name) => ({
      kind: /** @type {const} */ ("suite"),
      name,
      folder: join(root, name),
    })),
  ].filter((room) => existsSync(join(room.folder, "package.json")));

  /** @type {Map<string, Set<string>>} */
  const entries = new Map();
  for (const room of rooms) {
    const manifest = readManifest(join(room.folder, "package.json"));
    entries.set(room.name, new Set(Object.keys(manifest.exports ?? {})));
    if (room.kind === "package" && ![...foundations, ...middle, ...testOnly].includes(room.name)) {
      report(
        join(room.folder, "package.json"),
        `package ${room.name} has no place in scripts/check-imports.mjs yet`,
      );
    }
  }
  for (const room of rooms) checkTypeScriptRoom(room, entries);
  return rooms.length;
}

/** Names under [dependencies]; dev-dependencies serve tests only. @param {string} text @returns {string[]} */
function cargoDependencies(text) {
  /** @type {string[]} */
  const names = [];
  let inside = false;
  for (const line of text.split("\n")) {
    const section = /^\[(.+)\]\s*$/.exec(line);
    if (section) {
      const title = section[1] ?? "";
      inside = title === "dependencies" || /^target\..+\.dependencies$/.test(title);
      const single = /^dependencies\.(.+)$/.exec(title);
      if (single?.[1]) names.push(single[1]);
    } else if (inside) {
      const entry = /^([A-Za-z0-9_-]+)\s*(?:=|\.)/.exec(line);
      if (entry?.[1]) names.push(entry[1]);
    }
  }
  return names;
}

function checkRust() {
  const crates = subfolders(join(root, "crates")).filter(
    (name) => name !== "fuzz" && existsSync(join(root, "crates", name, "Cargo.toml")),
  );
  for (const name of crates) {
    const manifest = join(root, "crates", name, "Cargo.toml");
    const allowed = /** @type {Record<string, string[]>} */ (crateImports)[name];
    if (!allowed) {
      report(manifest, `crate ${name} has no place in scripts/check-imports.mjs yet`);
      continue;
    }
    for (const dependency of cargoDependencies(readFileSync(manifest, "utf8"))) {
      if (crates.includes(dependency) && !allowed.includes(dependency)) {
        report(manifest, `crate ${name} may not depend on ${dependency}`);
      }
      if (pureCrates.includes(name) && hostLibraries.test(dependency)) {
        report(manifest, `crate ${name} is below the hosts and may not depend on ${dependency}`);
      }
    }
    if (!pureCrates.includes(name)) continue;
    for (const file of filesUnder(join(root, "crates", name, "src"), /\.rs$/)) {
      if (/\/tests(\.rs$|\/)/.test(file)) continue;
      const text = withoutComments(readFileSync(file, "utf8").split(/^#\[cfg\(test\)\]/m)[0] ?? "");
      for (const [pattern, what] of hostCalls) {
        if (/** @type {RegExp} */ (pattern).test(text))
          report(file, `crate ${name} is below the hosts and may not use ${what}`);
      }
    }
  }
  return crates.length;
}

const roomCount = checkTypeScript();
const crateCount = checkRust();
if (findings.length > 0) {
  for (const finding of findings) console.error(finding);
  console.error(`${findings.length} imports break the rules`);
  process.exitCode = 1;
} else {
  console.log(`imports: ${roomCount} TypeScript rooms and ${crateCount} crates keep the rules`);
}
