import { join } from "node:path";
import { type EnvoyDeployment, type GatewayConfig, requiredVariables } from "@plano/config/gateway";
import { AppError } from "@plano/errors";
import type { Context, Environment } from "../context.ts";
import { compilerEnvironment } from "../environment.ts";
import { refuseInnerPorts, renderFor } from "../native/native-plan.ts";
import { tracedTo } from "../traces/traced-to.ts";
import { compileServed } from "./config-file.ts";
import { type Description, describeConfig } from "./description.ts";
import { type WatchedFile, watchedFile } from "./file-stamp.ts";
import { isOwnDescriptor } from "./read-file.ts";
import { environmentOf, fileVariables, setVariables } from "./variables.ts";

/** A configuration file, and the folder whose `.env` goes with it. */
export interface Source {
  readonly configPath: string;
  readonly folder: string;
  /** Of a gateway with Envoy in front. */
  readonly deployment?: EnvoyDeployment | undefined;
  /** Spans go to this collector, whatever the file says. */
  readonly collector?: string | undefined;
}

/** How the data plane has a source compiled. Holds no secret. */
export interface Compiler {
  /** A program and its arguments, which print a Submission as JSON. */
  readonly command: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly watch: readonly WatchedFile[];
  /** Where the parts are when Envoy runs in front; the data plane hands it back with the variables it knows. */
  readonly deployment: EnvoyDeployment | null;
}

/** A configuration that the data plane is to serve. Holds keys: for its memory only. */
export interface Candidate {
  readonly rendered: string;
  readonly description: Description;
  /** What the `.env` says of the variables that the configuration refers to. */
  readonly file_variables: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** How it is compiled, and what of. */
  readonly compiler: Compiler;
}

/** What is handed in to the data plane. */
export type Submission = { readonly candidate: Candidate } | { readonly problems: string };

/** What a source is like before it is read. What can be read once only is not watched. */
export function watchSource({ configPath, folder }: Source): WatchedFile[] {
  const paths = isOwnDescriptor(configPath) ? [] : [configPath];
  return [...paths, join(folder, ".env")].map(watchedFile);
}

/** How the data plane has `source` compiled by this program when one of the files has changed. */
export function compilerOf(
  source: Source,
  watch: readonly WatchedFile[],
  metrics: GatewayConfig["metrics"],
  { ownCommand, environment }: Context,
): Compiler {
  const { configPath, folder, deployment, collector } = source;
  const native = deployment === undefined ? [] : ["--native"];
  const traces = collector === undefined ? [] : ["--collector", collector];
  return {
    command: [...ownCommand, "compile", configPath, "--env-folder", folder, ...native, ...traces],
    environment: compilerEnvironment(environment, metrics),
    folder,
    watch,
    deployment: deployment ?? null,
  };
}

/** A candidate of a configuration that has been compiled already. `environment` holds what may be kept of it. */
export function candidateOf(config: GatewayConfig, compiler: Compiler, environment: Environment): Candidate {
  const names = requiredVariables(config).map(({ name }) => name);
  const variables = setVariables(environmentOf(compiler.folder, environment));
  return {
    rendered: renderFor(config, compiler.deployment ?? undefined, variables),
    description: describeConfig(config),
    file_variables: fileVariables(names, compiler.folder),
    environment: setVariables(environment),
    compiler,
  };
}

/** Compiles a source that is to be served. Throws an AppError, such as a ConfigError, where it cannot be. */
export function compileSource({ configPath, collector, deployment }: Source, context: Context) {
  const { config, warnings } = compileServed(configPath, context);
  if (deployment !== undefined) refuseInnerPorts(config, deployment);
  return { config: collector === undefined ? config : tracedTo(config, collector), warnings };
}

/**
 * Compiles a source to what is handed in. Of the context's environment only the variables that the
 * configuration refers to are in it. What is wrong with the source is part of the result.
 */
export function submissionOf(source: Source, context: Context): Submission {
  try {
    const watch = watchSource(source);
    const { config } = compileSource(source, context);
    const compiler = compilerOf(source, watch, config.metrics, context);
    const names = requiredVariables(config).map(({ name }) => name);
    const referred = Object.fromEntries(names.map((name) => [name, context.environment[name]]));
    return { candidate: candidateOf(config, compiler, referred) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { problems: [error.message, error.hint].filter((text) => text !== undefined).join("\n") };
  }
}
