// A task goes from the server to a container on this machine and back: started by scripts/demo.mjs once everything
// is built. What it needs runs in a folder of its own, on addresses that only this machine reaches.
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDockerEngine, hostAddress } from "@plano/plan42-testkit";
import { createTerminal, formatDuration, type Terminal } from "@plano/terminal";
import { assembleAgentImage } from "./agent-image.ts";
import { createCast, freePort } from "./cast.ts";
import { gatewayKey, startGateway } from "./gateway.ts";
import { serveRepository } from "./repository.ts";

const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, environment: process.env });
const { style } = terminal;
const file = "HELLO.md";
const prompt =
  `Use write_file {"path":"${file}","content":"# Hello from a container"} ` +
  "and then say in one sentence what you did.";

/** What to undo at the end, newest first. */
const undo: (() => unknown)[] = [];

async function jobs(): Promise<number> {
  if (process.platform !== "linux") {
    return skip("the demo's agent image is made of this machine's own programs, so it needs Linux");
  }
  const engine = await findDockerEngine(process.env.DOCKER_HOST);
  if (engine === undefined) {
    return skip(
      "there is no Docker here: neither an engine that answers, nor dockerd and the right to start one\n" +
        "  Install it (Debian: apt-get install docker.io) and start it, or run the demo as root.",
    );
  }
  undo.push(engine.stop);
  const address = await hostAddress(engine.host);
  const folder = mkdtempSync(join(tmpdir(), "plan42-demo-"));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const cast = createCast(folder, {
    ...process.env,
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    DOCKER_HOST: engine.host,
    OPENAI_API_KEY: gatewayKey(),
    METRICS_BIND_ADDRESS: `127.0.0.1:${await freePort("127.0.0.1")}`,
  });
  const plan42 = async (...words: readonly string[]) => {
    terminal.line(style.dim(`  $ plan42 ${words.map(quoteWord).join(" ")}`));
    const said = await cast.run("plan42", words);
    for (const line of said.trimEnd().split("\n")) terminal.line(`  ${line}`);
  };

  terminal.heading("1. What the agent needs");
  const image = await timed("its image, of this machine's Node and git", () =>
    assembleAgentImage(engine.host),
  );
  const gitPort = await freePort(address);
  const repository = await serveRepository({ cast, folder, address, port: gitPort });
  undo.push(repository.stop);
  terminal.success(`a repository to work on: ${repository.name}`);
  const gateway = await startGateway(cast, folder, address);
  undo.push(gateway.stop);
  terminal.success(`the gateway, before ${gateway.provider}; the container gets no key`);
  terminal.line();

  terminal.heading("2. A server, and a runner on this machine");
  const port = await freePort(address);
  const server = cast.start(
    cast.command(
      "plan42",
      ...["server", "start", "--json", "--listen", `${address}:${port}`],
      ...["--public-url", `http://host.docker.internal:${port}`],
    ),
  );
  undo.push(server.stop);
  terminal.line(style.dim("  $ plan42 server start --json | plan42 login"));
  const login = await cast.run("plan42", ["login"], `${await server.firstLine()}\n`);
  terminal.line(`  ${login.split("\n")[0]}`);
  await plan42("runner", "create", "this-machine", "--default");
  await plan42("runner", "token", "this-machine", "--write-config");
  // There is no registry to pull the image from.
  appendFileSync(join(folder, ".config", "plan42-runner.toml"), 'pull_policy = "if-not-present"\n');
  terminal.line(style.dim("  $ plan42 runner exec"));
  const runner = cast.start(cast.command("plan42", "runner", "exec"));
  undo.push(runner.stop);
  const variables = [
    `GIT_URL=git://host.docker.internal:${gitPort}`,
    `MODEL_URL=${gateway.url}`,
    `MODEL=${gateway.model}`,
  ];
  const settings = variables.flatMap((variable) => ["--env", variable]);
  await plan42("environment", "create", "demo", "--image", image, "--repo", repository.name, ...settings);
  terminal.line();

  terminal.heading("3. A task");
  const branch = "plan42/hello";
  const words = ["task", "create", prompt, "--title", "Say hello", "--follow"];
  words.push("--repo", `${repository.name}:main:${branch}`);
  terminal.line(style.dim(`  $ plan42 ${words.map(quoteWord).join(" ")}`));
  const start = performance.now();
  const code = await cast.show("plan42", words, (line) => terminal.line(`  ${line}`));
  terminal.line(style.dim(`  ${formatDuration(performance.now() - start)}`));
  if (code !== 0) return 1;
  await plan42("runner", "job", "list", "--all");
  terminal.line();

  terminal.heading(`4. What came back: ${file} of ${branch}`);
  terminal.line(`  ${repository.lastCommit(branch)}`);
  for (const line of repository.read(branch, file).split("\n")) terminal.line(`  ${style.green(line)}`);
  terminal.line();
  terminal.line(`Yours: ${style.bold("npx plan42 --help")} and docs/jobs.md`);
  return 0;
}

function skip(reason: string): number {
  terminal.line(`Jobs are left out: ${reason}`);
  return 0;
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const result = await work();
  terminal.success(`${what} ${style.dim(formatDuration(performance.now() - start))}`);
  return result;
}

function quoteWord(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word}'`;
}

async function leave(output: Terminal): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      output.warning(error instanceof Error ? error.message : String(error));
    }
  }
}

process.once("SIGINT", () => void leave(terminal).then(() => process.exit(130)));
try {
  process.exitCode = await jobs();
} catch (error) {
  terminal.failure(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await leave(terminal);
}
