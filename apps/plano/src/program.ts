import { UsageError } from "@plano/errors";
import { describeOption } from "@plano/terminal";
import { Argument, Command, Option } from "commander";
import type { Shell } from "./commands/completion.ts";
import type { Context } from "./context.ts";
import { tracePort } from "./environment.ts";
import { parseCount, parsePort } from "./program/options.ts";
import { outline } from "./program/outline.ts";
import { addTraceCommands } from "./program/trace-commands.ts";
import { version } from "./version.ts";

/** The words after the program's name, in; the exit code, out. */
export interface Program {
  run(words: readonly string[]): Promise<number>;
  /** The help of the program as a whole. */
  help(): string;
}

const examples = `
Examples:
  planoai up                        start with the keys that are set, without a file
  planoai up config.yaml            start with a configuration file
  planoai up config.yaml --foreground
  planoai up config.yaml --native   behind Envoy
  planoai up config.yaml --docker   in a container; its image is made by planoai build
  planoai up config.yaml --docker --native
                                    behind Envoy in a container: planoai build --docker --native
  planoai validate config.yaml      check a file; needs no keys
  planoai config show               all values, and where they come from
  planoai reload                    take a changed configuration at once
  planoai status --json             for scripts
  planoai logs -f                   watch the log
  planoai up config.yaml --with-tracing
                                    collect traces, too
  planoai trace                     what became of the last request, step by step
  planoai down                      stop; running streams may finish

Exit codes:
  0  done
  1  failed: invalid configuration, missing key, port in use, ...; stderr says which
  2  wrong usage
  3  status: no gateway is running

Files are kept in ~/.plano. More about a command: planoai help COMMAND
`;

const buildExamples = `
Examples:
  planoai build                     the container's image
  planoai build --docker --native   the image with Envoy in it
  planoai build --native            what runs on this machine behind Envoy
`;

/**
 * Builds the command line of planoai: every command with its options, each loading its own module. When it is quiet
 * somebody else tells what is wrong with the words.
 */
export function createProgram(context: Context, { isQuiet = false } = {}): Program {
  let exitCode = 0;
  const root = new Command("planoai");
  const perform = async (work: Promise<number>) => {
    exitCode = await work;
  };
  root
    .description("Plano: a gateway that all model traffic goes through.")
    .version(`plano version ${version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .addHelpText("after", examples)
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.raw(text),
      writeErr: (text) => {
        if (!isQuiet) context.terminal.rawError(text);
      },
    })
    .showSuggestionAfterError();

  root
    .command("up")
    .summary("start the gateway, or start it anew")
    .description(
      "Starts the gateway in the background and waits until it answers. One that runs takes the configuration as it runs, or is replaced where it cannot.",
    )
    .argument("[file]", "configuration file; without one, all providers whose keys are set")
    .option("--path <folder>", "folder to look for config.yaml or plano_config.yaml in", ".")
    .option("--restart", "replace a running gateway, also where it could take the configuration as it runs")
    .option("--foreground", "stay attached and show the log until Ctrl-C")
    .option("--listener-port <port>", "port to listen on when there is no configuration file", parsePort)
    .option("--ack-local-agents", "no more warning of providers that run a program on this machine")
    .option("-v, --verbose", "tell more about each step")
    .addOption(nativeOption("run Envoy with our filters in front"))
    .option("--envoy <path>", "the Envoy to run, with --native")
    .addOption(dockerOption("run it in a container; with --native, Envoy too").conflicts("envoy"))
    .option("--with-tracing", "collect traces of all requests, or of as many as the file says: planoai trace")
    .option("--tracing-port <port>", "port of the collector, with --with-tracing", parsePort)
    .action(async (file: string | undefined, options: ModeOptions & UpFlags) => {
      checkMode(options);
      const { path, envoy, listenerPort } = options;
      const collector = collectorOf(options, context);
      const { restart = false, foreground = false, native = false, verbose = false } = options;
      const { ackLocalAgents = false } = options;
      if (options.docker) {
        const { run } = await import("./docker/up.ts");
        return perform(run({ file, path, restart, foreground, native, listenerPort, verbose }, context));
      }
      const { run } = await import("./commands/up.ts");
      const given = { file, path, restart, foreground, native, envoy, listenerPort, ackLocalAgents, verbose };
      await perform(run({ ...given, collector }, context));
    });

  root
    .command("down")
    .description(
      "Stops the gateway. Streams that run may finish, up to the drain limit of the configuration.",
    )
    .summary("stop the gateway")
    .option("-v, --verbose", "accepted for symmetry with up")
    .addOption(nativeOption("accepted for symmetry with up"))
    .addOption(dockerOption("stop the container"))
    .action(async (options: ModeOptions) => {
      if (options.docker) return perform((await import("./docker/down.ts")).run(context));
      const { run } = await import("./commands/down.ts");
      await perform(run({}, context));
    });

  root
    .command("reload")
    .summary("have the running gateway take its changed configuration")
    .description(
      "Has the running gateway serve its configuration file as it is now, and tells what has changed. Outside a container it does so by itself when the file or its .env changes. Open streams finish on the configuration they began with.",
    )
    .action(async () => {
      const { run } = await import("./commands/reload.ts");
      await perform(run({}, context));
    });

  root
    .command("compile <file>", { hidden: true })
    .description("Prints a compiled configuration with the keys of its .env, for the data plane to read.")
    .requiredOption("--env-folder <folder>", "folder of the .env")
    .option("--native", "for Envoy, too, as standard input says")
    .option("--collector <url>", "where spans go, whatever the file says")
    .action(async (file: string, { envFolder, native = false, collector }: CompileFlags) => {
      const { run } = await import("./commands/compile.ts");
      await perform(run({ file, envFolder, native, collector }, context));
    });

  root
    .command("status")
    .summary("tell whether the gateway runs")
    .description(
      "Tells whether the gateway runs, where it listens and which models it serves. Exits with 3 if none runs.",
    )
    .option("--json", "print one JSON document")
    .action(async ({ json = false }: { json?: boolean }) => {
      const { run } = await import("./commands/status.ts");
      await perform(run({ json }, context));
    });

  root
    .command("logs")
    .summary("show the log")
    .description("Shows the end of the gateway's log.")
    .option("-f, --follow", "go on with what is added until Ctrl-C")
    .option("-n, --lines <count>", "how many lines to begin with", parseCount, 100)
    .addOption(new Option("--debug", "accepted; the native process writes one log, which is always shown"))
    .addOption(dockerOption("show the container's log"))
    .action(async ({ follow = false, lines, docker }: ModeOptions & { follow?: boolean; lines: number }) => {
      const { run } = docker ? await import("./docker/logs.ts") : await import("./commands/logs.ts");
      await perform(run({ follow, lines }, context));
    });

  addTraceCommands(root, context, perform);

  root
    .command("validate")
    .summary("check a configuration file")
    .description(
      "Checks a configuration file and tells everything that is wrong. Needs no keys and no network.",
    )
    .argument("[file]", "configuration file")
    .option("--path <folder>", "folder to look for config.yaml or plano_config.yaml in", ".")
    .option("--json", "print one JSON document")
    .action(async (file: string | undefined, { path, json = false }: ReadFlags) => {
      const { run } = await import("./commands/validate.ts");
      await perform(run({ file, path, json }, context));
    });

  const config = root
    .command("config")
    .summary("show the configuration that is in effect")
    .description("Shows the configuration that is in effect, and what its keys mean.");

  config
    .command("show")
    .summary("print all values and where they come from")
    .description(
      "Prints the configuration that up would use, defaults filled in, with where each value comes from. Keys that stand in the file are hidden.",
    )
    .argument("[file]", "configuration file; without one, what is built in")
    .option("--path <folder>", "folder to look for config.yaml or plano_config.yaml in", ".")
    .option("--json", "print one JSON document")
    .action(async (file: string | undefined, { path, json = false }: ReadFlags) => {
      const { run } = await import("./commands/config/show.ts");
      await perform(run({ file, path, json }, context));
    });

  config
    .command("explain")
    .summary("tell what a key means and what it is")
    .description("Tells what a key means, what may be written there, and which value is in effect and why.")
    .argument("<key>", "such as overrides.drain_timeout, listeners[0].port or listeners.port")
    .argument("[file]", "configuration file; without one, what is built in")
    .option("--path <folder>", "folder to look for config.yaml or plano_config.yaml in", ".")
    .option("--json", "print one JSON document")
    .action(async (key: string, file: string | undefined, { path, json = false }: ReadFlags) => {
      const { run } = await import("./commands/config/explain.ts");
      await perform(run({ key, file, path, json }, context));
    });

  config
    .command("compile")
    .summary("print what the data plane is given")
    .description(
      "Prints what the data plane is given: every default spelled out, references to variables left as they are. With --docker, as a container is to be given it.",
    )
    .argument("[file]", "configuration file")
    .option("--path <folder>", "folder to look for config.yaml or plano_config.yaml in", ".")
    .addOption(dockerOption("listen on all addresses, and find this machine by name"))
    .addOption(nativeOption("with --docker: for an image with Envoy in it"))
    .option("--with-keys", "print keys that are written out in the file, too")
    .action(async (file: string | undefined, options: ConfigCompileFlags) => {
      const { path, docker = false, native = false, withKeys = false } = options;
      if (native && !docker) throw new UsageError("--native is for a container: it needs --docker, too");
      const { run } = await import("./commands/config/compile.ts");
      await perform(run({ file, path, docker, native, withKeys }, context));
    });

  root
    .command("migrate")
    .summary("rewrite an older configuration file")
    .description(
      "Rewrites a configuration file in today's form of the language. Comments are kept, and what it means stays the same.",
    )
    .argument("[file]", "configuration file")
    .option("--path <folder>", "folder to look for config.yaml or plano_config.yaml in", ".")
    .option("--dry-run", "print the new text instead of writing it")
    .action(async (file: string | undefined, { path, dryRun = false }: MigrateFlags) => {
      const { run } = await import("./commands/migrate.ts");
      await perform(run({ file, path, dryRun }, context));
    });

  root
    .command("build")
    .summary("build the container's image, or the data plane")
    .description(
      "Builds the container's image with cargo and the Docker engine, in the checkout that the current folder is in; no image is fetched for it. With --native, builds what runs on this machine; with --docker --native, the image with Envoy in it.",
    )
    .addOption(nativeOption("build brightstaff and the two filters of Envoy instead"))
    .addOption(dockerOption("build the image, as without --native; with it, the one that has Envoy in it"))
    .option("--program <path>", "static brightstaff for the image, instead of building one")
    .option("--envoy <path>", "the Envoy for the image, with --docker --native")
    .addHelpText("after", buildExamples)
    .action(async (options: ModeOptions & BuildFlags) => {
      const { native = false, docker = false, program, envoy } = options;
      checkBuild(options);
      const { run } = await import("./commands/build.ts");
      await perform(run({ native, docker, program, envoy }, context));
    });

  root
    .command("completion")
    .summary("print a completion script for a shell")
    .description("Prints a completion script. For bash: source <(planoai completion bash)")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: Shell) => {
      const { run } = await import("./commands/completion.ts");
      await perform(run({ shell, commands: outline(root) }, context));
    });

  return {
    run: async (words) => {
      exitCode = 0;
      if (words.length === 0) root.outputHelp();
      else await root.parseAsync(words, { from: "user" });
      return exitCode;
    },
    help: () => {
      let text = "";
      root.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
      return text;
    },
  };
}

interface UpFlags {
  readonly path: string;
  readonly envoy?: string;
  readonly restart?: boolean;
  readonly foreground?: boolean;
  readonly listenerPort?: number;
  readonly ackLocalAgents?: boolean;
  readonly verbose?: boolean;
}

interface CompileFlags {
  readonly envFolder: string;
  readonly native?: boolean;
  readonly collector?: string;
}

interface ReadFlags {
  readonly path: string;
  readonly json?: boolean;
}

interface ConfigCompileFlags extends ModeOptions {
  readonly path: string;
  readonly withKeys?: boolean;
}

interface BuildFlags {
  readonly program?: string;
  readonly envoy?: string;
}

interface MigrateFlags {
  readonly path: string;
  readonly dryRun?: boolean;
}

interface ModeOptions {
  readonly native?: boolean;
  readonly docker?: boolean;
  readonly withTracing?: boolean;
  readonly tracingPort?: number;
}

function nativeOption(description: string): Option {
  return new Option("--native", description);
}

function dockerOption(description: string): Option {
  return new Option("--docker", description);
}

/** Refuses the modes that are not there, and an Envoy where none is run. */
function checkMode({ native = false, envoy, ...options }: ModeOptions & Pick<UpFlags, "envoy">): void {
  if (options.withTracing && options.docker) {
    throw new UsageError(
      "--with-tracing collects on this machine's loopback, which a container does not reach",
      {
        hint: "Name a collector in the file instead: tracing.opentracing_grpc_endpoint",
      },
    );
  }
  if (options.tracingPort !== undefined && !options.withTracing) {
    throw new UsageError("--tracing-port is the port of the collector: it needs --with-tracing, too");
  }
  if (envoy !== undefined && !native) {
    throw new UsageError("--envoy is the Envoy to run in front: it needs --native, too");
  }
}

/** Where spans go with `--with-tracing`. */
function collectorOf(
  { withTracing, tracingPort }: ModeOptions,
  { environment }: Context,
): string | undefined {
  return withTracing ? `http://127.0.0.1:${tracingPort ?? tracePort(environment)}` : undefined;
}

/** Refuses options of an image where none is made of them. */
function checkBuild({ native = false, docker = false, program, envoy }: ModeOptions & BuildFlags): void {
  if (native && !docker && program !== undefined) {
    throw new UsageError("--program is for an image: with --native it needs --docker, too");
  }
  if (envoy !== undefined && !(native && docker)) {
    throw new UsageError("--envoy is for an image with Envoy in it: it needs --docker --native");
  }
}
