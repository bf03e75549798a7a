// npm run package: plan42 as an npm package, a Debian package and an archive for this machine.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { commandEnvironment, green, root, runStep } from "../steps.mjs";
import { claimFolder, scratchName } from "./claim-folder.mjs";
import { installNfpm } from "./install-nfpm.mjs";
import { manualOf, manualOfHelp } from "./manual.mjs";

const programs = ["plan42", "plan42-runner", "plan42-runner-config"];
const help = `Usage: npm run package [-- [--built] [FOLDER]]

Makes plan42's packages for this machine in FOLDER (default: dist in the checkout), which has to be new or empty,
or to hold only what an earlier run has made.

  --built     take the programs as they are built
  -h, --help  show help
`;
const { folder, isBuilt } = readWords();
const out = resolve(folder ?? join(root, "dist"));
const scratch = join(out, scratchName);
const { version, description, license } = JSON.parse(
  readFileSync(join(root, "apps/plan42/package.json"), "utf8"),
);
const node = join(root, "node_modules/node/bin/node");
const environment = commandEnvironment();

/** What the command line says; ends the program if that is help, or nothing it knows. */
function readWords() {
  const options = /** @type {const} */ ({
    built: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    const [folder, ...rest] = positionals;
    if (rest.length > 0 || folder === "") throw new Error("one folder is expected");
    return { folder, isBuilt: values.built === true };
  } catch (error) {
    return fail(error, 2);
  }
}

/** @param {unknown} error @param {number} exitCode @returns {never} */
function fail(error, exitCode) {
  process.stderr.write(
    `✗ ${error instanceof Error ? error.message : error}\n${exitCode === 2 ? `\n${help}` : ""}`,
  );
  process.exit(exitCode);
}

/** What a program prints. @param {string} program @param {string[]} words */
function printed(program, ...words) {
  const run = spawnSync(node, [join(root, "apps", program, "bin", `${program}.cjs`), ...words], {
    encoding: "utf8",
    env: environment,
  });
  if (run.status !== 0) throw new Error(`${program} ${words.join(" ")}: ${run.stderr}`);
  return run.stdout;
}

/** Puts the programs side by side, as they find each other. @param {string} folder */
function putPrograms(folder) {
  for (const name of programs) {
    for (const part of ["bin", "dist"]) {
      cpSync(join(root, "apps", name, part), join(folder, name, part), { recursive: true });
    }
    // Says that the chunks are modules.
    writeFileSync(
      join(folder, name, "package.json"),
      `${JSON.stringify({ name, version, type: "module" })}\n`,
    );
  }
}

/** @param {string} folder */
function putManual(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of programs) {
    const page =
      name === "plan42"
        ? manualOf(name, version, JSON.parse(printed(name, "outline")))
        : manualOfHelp(name, version, printed(name, "--help"));
    writeFileSync(join(folder, `${name}.1`), page);
  }
}

/** @param {string} folder */
function putCompletions(folder) {
  const files = { bash: "bash/plan42", zsh: "zsh/_plan42", fish: "fish/plan42.fish" };
  for (const [shell, file] of Object.entries(files)) {
    mkdirSync(join(folder, shell), { recursive: true });
    writeFileSync(join(folder, file), printed("plan42", "completion", shell));
  }
}

/** The package for npm. */
async function packForNpm() {
  const folder = join(scratch, "npm");
  putPrograms(folder);
  putManual(join(folder, "man"));
  putCompletions(join(folder, "completions"));
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  copyFileSync(join(root, "docs/jobs.md"), join(folder, "README.md"));
  const manifest = {
    name: "plan42",
    version,
    description,
    license,
    type: "module",
    bin: Object.fromEntries(programs.map((name) => [name, `${name}/bin/${name}.cjs`])),
    man: programs.map((name) => `man/${name}.1`),
    engines: { node: ">=22.15" },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await runStep("npm package", ["npm", "pack", "--pack-destination", out, "--silent"], {
    folder,
    environment,
  });
}

/** The same with Node beside it, for machines that need not have one: below bin/, lib/ and share/. */
function layOut() {
  const tree = join(scratch, "tree");
  const library = join(tree, "lib/plan42");
  putPrograms(library);
  copyFileSync(node, join(library, "node"));
  chmodSync(join(library, "node"), 0o755);
  mkdirSync(join(tree, "bin"), { recursive: true });
  for (const name of programs) {
    const script = join(tree, "bin", name);
    const lines = [
      "#!/bin/sh",
      'here=$(dirname "$(readlink -f "$0")")/../lib/plan42',
      `exec "$here/node" "$here/${name}/bin/${name}.cjs" "$@"`,
      "",
    ];
    writeFileSync(script, lines.join("\n"));
    chmodSync(script, 0o755);
  }
  const manual = join(tree, "share/man/man1");
  putManual(manual);
  for (const name of programs) {
    const page = join(manual, `${name}.1`);
    writeFileSync(`${page}.gz`, gzipSync(readFileSync(page), { level: 9 }));
    rmSync(page);
  }
  const completions = join(scratch, "completions");
  putCompletions(completions);
  const places = {
    "bash/plan42": "share/bash-completion/completions/plan42",
    "zsh/_plan42": "share/zsh/vendor-completions/_plan42",
    "fish/plan42.fish": "share/fish/vendor_completions.d/plan42.fish",
  };
  for (const [from, to] of Object.entries(places)) {
    mkdirSync(join(tree, to, ".."), { recursive: true });
    copyFileSync(join(completions, from), join(tree, to));
  }
  mkdirSync(join(tree, "share/doc/plan42"), { recursive: true });
  copyFileSync(join(root, "LICENSE"), join(tree, "share/doc/plan42/copyright"));
  return tree;
}

/** @param {string} tree */
async function packForDebian(tree) {
  const architectures = /** @type {Record<string, string>} */ ({ x64: "amd64", arm64: "arm64" });
  const settings = {
    name: "plan42",
    arch: architectures[process.arch] ?? process.arch,
    platform: "linux",
    version,
    maintainer: "Plan42 <maintainers@plan42.ai>",
    description,
    license,
    section: "utils",
    priority: "optional",
    depends: ["libc6", "libstdc++6"],
    recommends: ["docker.io | docker-ce | podman"],
    contents: [{ src: tree, dst: "/usr", type: "tree" }],
    deb: { compression: "zstd" },
  };
  const file = join(scratch, "nfpm.json");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(settings));
  const nfpm = await installNfpm();
  await runStep(
    "Debian package",
    [nfpm, "package", "--packager", "deb", "--config", file, "--target", `${out}/`],
    {
      environment,
    },
  );
}

/** @param {string} tree */
async function packArchive(tree) {
  const systems = /** @type {Record<string, string>} */ ({ darwin: "macos" });
  const name = `plan42-${version}-${systems[process.platform] ?? process.platform}-${process.arch}`;
  cpSync(tree, join(scratch, name), { recursive: true });
  await runStep("archive", ["tar", "-czf", join(out, `${name}.tgz`), "-C", scratch, name], { environment });
}

if (!existsSync(node)) throw new Error("run npm run setup first");
try {
  claimFolder(out);
} catch (error) {
  fail(error, 1);
}
if (!isBuilt) {
  await runStep(
    "programs",
    ["npm", "run", "--silent", "build", ...programs.flatMap((name) => ["-w", name])],
    {
      environment,
    },
  );
}
await packForNpm();
const tree = layOut();
if (process.platform === "linux") await packForDebian(tree);
await packArchive(tree);
rmSync(scratch, { recursive: true });
const files = readdirSync(out).sort();
const sums = files.map((name) => {
  const sum = createHash("sha256")
    .update(readFileSync(join(out, name)))
    .digest("hex");
  return `${sum}  ${name}\n`;
});
writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
process.stdout.write(`${green("✓")} in ${out}: ${[...files, "SHA256SUMS"].join(", ")}\n`);
