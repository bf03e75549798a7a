import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import type { DockerEngine } from "@plano/docker-engine";
import { AppError } from "@plano/errors";
import { formatBytes } from "@plano/terminal";
import type { Context } from "../context.ts";
import { asking, connectEngine } from "../docker/engine.ts";
import { type EnvoyParts, buildImage as makeImage } from "../docker/image.ts";
import { dockerImageName } from "../environment.ts";
import { findEnvoy } from "../native/find-envoy.ts";
import { findFilters } from "../native/find-filters.ts";
import { installEnvoy } from "../native/install-envoy.ts";
import { findCheckout, runCargo } from "./checkout.ts";
import { buildFilters } from "./native.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import { requireStaticProgram } from "./static-program.ts";

export interface ImageOptions {
  /** A static brightstaff, instead of building one; then the filters are those that are there. */
  readonly program: string | undefined;
  /** With Envoy in front. */
  readonly native: boolean;
  /** The Envoy to put in. */
  readonly envoy: string | undefined;
}

/** Makes the container image, of a static brightstaff from the checkout or the one that is named. */
export async function buildImage(options: ImageOptions, context: Context): Promise<void> {
  const { program, native } = options;
  const { terminal, environment, currentFolder } = context;
  const engine = await connectEngine(environment);
  const given = program === undefined ? undefined : resolve(currentFolder, program);
  const architecture = await engineArchitecture(engine);
  if (given !== undefined) requireStaticProgram(given, architecture);
  const envoy = native ? await envoyParts(options, context) : undefined;
  const brightstaff = given ?? (await buildStatic(context));
  if (given === undefined) requireStaticProgram(brightstaff, architecture);
  const name = dockerImageName(environment, native);
  const progress = terminal.progress(`Making the image ${name}`);
  try {
    const { id, bytes } = await makeImage(engine, name, { brightstaff, envoy }, (step) =>
      progress.update(step),
    );
    progress.stop();
    terminal.success(`${name} is there (${formatBytes(bytes)}, ${id.replace("sha256:", "").slice(0, 12)})`);
    terminal.line(`  next: planoai up --docker${native ? " --native" : ""}`);
  } finally {
    progress.stop();
  }
}

async function engineArchitecture(engine: DockerEngine): Promise<string> {
  const { Architecture: architecture } = (await asking(engine.info())) as { Architecture: string };
  return architecture;
}

async function envoyParts({ program, envoy }: ImageOptions, context: Context): Promise<EnvoyParts> {
  const found = findEnvoy(envoy, context) ?? (await installEnvoy(context));
  const libraries = sharedLibraries(found);
  const filters = program === undefined ? await buildFilters(context) : findFilters(context);
  return { program: found, libraries, ...filters };
}

/** A brightstaff that needs no library of the system. */
async function buildStatic({ terminal, currentFolder, environment }: Context): Promise<string> {
  const crates = join(findCheckout(currentFolder), "crates");
  const triple = hostTriple(crates, environment);
  if (!triple.includes("-linux-")) {
    throw new AppError(`a container's program cannot be built on ${triple}`, {
      code: "not-linux",
      hint: "Have Docker build it: docker build -t katanemo/plano:latest .",
    });
  }
  terminal.line(`Building a static brightstaff in ${crates}`);
  const target = join(crates, "target");
  const args = [
    "build",
    "--locked",
    "--target-dir",
    target,
    "--release",
    "-p",
    "brightstaff",
    "--target",
    triple,
  ];
  const flags = [environment.RUSTFLAGS, "-C target-feature=+crt-static"].filter(Boolean).join(" ");
  await runCargo(args, crates, { ...environment, RUSTFLAGS: flags });
  return join(target, triple, "release", "brightstaff");
}

function hostTriple(folder: string, environment: Context["environment"]): string {
  try {
    const words = execFileSync("rustc", ["-vV"], { cwd: folder, env: environment, encoding: "utf8" });
    return /^host: (.+)$/m.exec(words)?.[1] ?? "";
  } catch (cause) {
    throw new AppError("rustc is not installed", {
      code: "no-cargo",
      cause,
      hint: "Rust is installed by rustup: https://rustup.rs",
    });
  }
}
