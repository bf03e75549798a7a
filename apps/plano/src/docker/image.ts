import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DockerEngine } from "@plano/docker-engine";
import { AppError } from "@plano/errors";
import { version } from "../version.ts";
import { envoyLabel } from "./container.ts";
import { asking } from "./engine.ts";
import { envoyFiles } from "./envoy.ts";
import {
  configFile,
  envoyProgram,
  envoySettings,
  filters,
  imageAuthorities,
  stateFile,
  unprivileged,
} from "./places.ts";

const authorities = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
];

/** What an image is made of, by paths on this machine. */
export interface ImageParts {
  /** A static brightstaff. */
  readonly brightstaff: string;
  /** With Envoy in front: Envoy with the libraries that it loads, and its filters. */
  readonly envoy: EnvoyParts | undefined;
}

export interface EnvoyParts {
  readonly program: string;
  /** They have the same paths in the image: that is where they look for each other. */
  readonly libraries: readonly string[];
  readonly llmGateway: string;
  readonly promptGateway: string;
}

/** Nothing but the programs and the certificates that they trust; brightstaff says itself whether it is well. */
function imageFile(hasEnvoy: boolean): string {
  const command = ["/brightstaff", "--config", configFile];
  // Envoy compiles its filters first.
  const startPeriod = hasEnvoy ? "60s" : "10s";
  const envoy = hasEnvoy ? ["--envoy", envoySettings] : [];
  return [
    "FROM scratch",
    "COPY root/ /",
    ...(hasEnvoy ? [`LABEL ${envoyLabel}=true`] : []),
    `USER ${unprivileged}`,
    `ENTRYPOINT ${JSON.stringify([...command, "--state", stateFile, ...envoy])}`,
    `HEALTHCHECK --interval=10s --timeout=5s --start-period=${startPeriod} CMD ${JSON.stringify([...command, "--probe"])}`,
    `LABEL org.opencontainers.image.title=plano org.opencontainers.image.version=${version}`,
    "",
  ].join("\n");
}

/** Makes an image. Resolves to its id and size. */
export async function buildImage(
  engine: DockerEngine,
  name: string,
  parts: ImageParts,
  onStep: (text: string) => void,
): Promise<{ readonly id: string; readonly bytes: number }> {
  const certificates = authorities.find(existsSync);
  if (certificates === undefined) {
    throw new AppError("this machine has no certificates of authorities that the image could trust", {
      code: "no-certificates",
      hint: `They are looked for at ${authorities.join(", ")}.`,
    });
  }
  const folder = mkdtempSync(join(tmpdir(), "plano-image-"));
  try {
    writeFileSync(join(folder, "Dockerfile"), imageFile(parts.envoy !== undefined));
    const copies = { "/brightstaff": parts.brightstaff, [imageAuthorities]: certificates };
    gather(join(folder, "root"), { ...copies, ...(parts.envoy && copiesOf(parts.envoy)) });
    if (parts.envoy !== undefined) {
      for (const [path, text] of Object.entries(envoyFiles()))
        writeFileSync(placeIn(join(folder, "root"), path), text);
    }
    const context = { context: folder, src: ["Dockerfile", "root"] };
    const steps = await asking(engine.buildImage(context, { t: name }));
    await followBuild(engine, steps, onStep);
    const { Id: id, Size: bytes } = await asking(engine.getImage(name).inspect());
    return { id, bytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copiesOf({ program, libraries, llmGateway, promptGateway }: EnvoyParts): Record<string, string> {
  return {
    [envoyProgram]: program,
    [filters.llmGateway]: llmGateway,
    [filters.promptGateway]: promptGateway,
    ...Object.fromEntries(libraries.map((path) => [path, path])),
  };
}

function gather(root: string, copies: Readonly<Record<string, string>>): void {
  for (const [path, source] of Object.entries(copies)) copyFileSync(source, placeIn(root, path));
}

/** A path below `root` whose folder is there. */
function placeIn(root: string, path: string): string {
  const place = join(root, path);
  mkdirSync(dirname(place), { recursive: true });
  return place;
}

function followBuild(
  engine: DockerEngine,
  steps: NodeJS.ReadableStream,
  onStep: (text: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.modem.followProgress(
      steps,
      (error) =>
        error
          ? reject(new AppError(`the image could not be built: ${error.message}`, { code: "build-failed" }))
          : resolve(),
      ({ stream }: { stream?: string }) => {
        if (stream?.startsWith("Step ")) onStep(stream.trim());
      },
    );
  });
}
