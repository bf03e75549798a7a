import { type GatewayConfig, requiredVariables, zeroConfig } from "@plano/config/gateway";
import type { Context } from "../context.ts";
import { dataPlaneEnvironment, dataPlaneSettings, homeFolder, temporaryFolders } from "../environment.ts";
import { compilerOf, compileSource, type Source, watchSource } from "../gateway/candidate.ts";
import { locateConfig } from "../gateway/config-file.ts";
import { placeControlSocket } from "../gateway/control-socket.ts";
import type { Management } from "../gateway/data-plane.ts";
import { describeConfig } from "../gateway/description.ts";
import { type WatchedFile, watchedFile } from "../gateway/file-stamp.ts";
import { findBrightstaff } from "../gateway/find-brightstaff.ts";
import type { Instance } from "../gateway/instance.ts";
import { processStart } from "../gateway/process-start.ts";
import { createRunFolders, type RunFiles, runFiles, writePrivateFile } from "../gateway/run-files.ts";
import { environmentOf, requireVariables, setVariables, withInherited } from "../gateway/variables.ts";
import { type NativePlan, planNative } from "../native/native-plan.ts";
import { printProblems } from "../print-problems.ts";
import { version } from "../version.ts";
import { reviewLocalAgents } from "./local-agents.ts";

export interface UpOptions {
  readonly file: string | undefined;
  readonly path: string;
  readonly foreground: boolean;
  /** Run Envoy in front. */
  readonly native: boolean;
  /** The Envoy to run. */
  readonly envoy: string | undefined;
  /** Where spans go, whatever the file says. */
  readonly collector?: string | undefined;
  /** Replace a gateway that runs, also where it could take the configuration. */
  readonly restart: boolean;
  /** Port of the model listener when there is no configuration file. */
  readonly listenerPort: number | undefined;
  /** The operator knows what local-agent providers do, and says so for this machine. */
  readonly ackLocalAgents: boolean;
  readonly verbose: boolean;
}

/** A configuration with all that it needs, whatever is to serve it. */
export interface Prepared {
  readonly config: GatewayConfig;
  readonly configPath: string;
  readonly files: RunFiles;
  /** Values of the variables that the configuration refers to. */
  readonly variables: Readonly<Record<string, string>>;
  readonly source: Source;
  /** What the source was like before it was read. */
  readonly watch: readonly WatchedFile[];
}

/** Everything that is settled before anything is changed. */
export interface Plan extends Prepared {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly native: NativePlan | undefined;
  /** Where it takes other configurations while it runs. */
  readonly control: string;
}

/** Finds and checks all that is needed. Nothing of what runs is changed. */
export async function preparePlan(options: UpOptions, context: Context): Promise<Plan> {
  const { terminal } = context;
  const prepared = await prepareConfiguration(options, context, (config, files) =>
    reviewLocalAgents(config, files, options, context),
  );
  const program = findBrightstaff(context);
  const native = options.native
    ? await planNative({ ...prepared, envoy: options.envoy }, context)
    : undefined;
  const environment = dataPlaneEnvironment(context.environment, prepared.variables);
  if (options.verbose) {
    terminal.errorLine(`data plane: ${program}`);
    if (native !== undefined) terminal.errorLine(`envoy: ${native.programs[0]?.path}`);
    terminal.errorLine(`environment passed on: ${Object.keys(environment).sort().join(", ")}`);
  }
  const source = { ...prepared.source, deployment: native?.deployment };
  const control = placeControlSocket(prepared.files, temporaryFolders(context.environment));
  return { ...prepared, source, program, environment, native, control };
}

/** What says which configuration is meant. */
export type ConfigurationOptions = Pick<
  UpOptions,
  "file" | "path" | "listenerPort" | "verbose" | "collector"
> & {
  /** Knows the values of variables that neither the shell nor the `.env` has. */
  readonly inherit?: () => Promise<Context["environment"]>;
};

/** Finds and checks the configuration. `review` sees it before its keys are asked for. */
export async function prepareConfiguration(
  options: ConfigurationOptions,
  context: Context,
  review: (config: GatewayConfig, files: RunFiles) => void,
): Promise<Prepared> {
  const { terminal } = context;
  const files = runFiles(homeFolder(context.environment));
  const location = locateConfig({ file: options.file, folder: options.path }, context.currentFolder);
  const variables = environmentOf(location.folder, context.environment);
  let configPath = location.path;
  if (configPath === undefined) {
    configPath = writeZeroConfig(files, options, context, variables);
  } else if (options.listenerPort !== undefined) {
    terminal.warning(`--listener-port has no effect: the port is that of ${configPath}`);
  }
  const source = { configPath, folder: location.folder, collector: options.collector };
  const watch = watchSource(source);
  const result = compileSource(source, context);
  printProblems(result.warnings, configPath, terminal);
  review(result.config, files);
  const required = requiredVariables(result.config);
  const inherit = options.inherit ?? (async () => ({}));
  const known = await withInherited(required, location.folder, context.environment, inherit);
  const values = requireVariables(required, known, location.folder);
  if (options.verbose) terminal.errorLine(`configuration: ${configPath}`);
  createRunFolders(files);
  return { config: result.config, configPath, files, variables: values, source, watch };
}

function writeZeroConfig(
  files: RunFiles,
  { listenerPort }: ConfigurationOptions,
  { terminal }: Context,
  environment: Context["environment"],
): string {
  const { text, summary } = zeroConfig({
    environment,
    ...(listenerPort === undefined ? {} : { port: listenerPort }),
  });
  createRunFolders(files);
  writePrivateFile(files.defaultConfig, text);
  terminal.line(terminal.style.dim(`No configuration file; using defaults (${summary})`));
  return files.defaultConfig;
}

/** How the data plane is operated while it runs. */
export function managementOf({ files, source, watch, config, control }: Plan, context: Context): Management {
  return {
    control,
    state: files.configState,
    compiler: compilerOf(source, watch, config.metrics, context),
    environment: setVariables(context.environment),
  };
}

/** What is known of a gateway that runs by this plan. */
export function instanceOf(
  { config, configPath, native, program, source, control }: Plan,
  pid: number,
  { environment }: Context,
): Instance {
  return {
    envoy_pid: null,
    envoy_start: "",
    native: native ?? null,
    brightstaff_pid: pid,
    brightstaff_start: processStart(pid) ?? "",
    started_at: new Date().toISOString(),
    version,
    config_path: configPath,
    config_folder: source.folder,
    collector: source.collector,
    program: watchedFile(program),
    settings: dataPlaneSettings(environment),
    control,
    ...describeConfig(config),
  };
}
