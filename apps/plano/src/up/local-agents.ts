import { dirname } from "node:path";
import {
  type GatewayConfig,
  isLoopback,
  type LocalAgentInterface,
  localAgentInterface,
} from "@plano/config/gateway";
import { AppError } from "@plano/errors";
import { formatPanel } from "@plano/terminal";
import type { Context } from "../context.ts";
import { acknowledgesLocalAgents, brightstaffAddress } from "../environment.ts";
import { makePrivateFolder, type RunFiles, readIfPresent, writePrivateFile } from "../gateway/run-files.ts";

/** What `up` is told of providers that run a program on this machine. */
export interface Acknowledgement {
  /** The operator knows, and says so for this machine. */
  readonly ackLocalAgents: boolean;
  /** Envoy runs in front. */
  readonly native: boolean;
}

interface LocalAgentEntry {
  readonly id: LocalAgentInterface;
  readonly name: string;
}

/**
 * Warns of providers that run a program on this machine, once, with all entries that nobody has acknowledged
 * yet, or writes down that they are. The start goes on in any case.
 */
export function reviewLocalAgents(
  config: GatewayConfig,
  files: RunFiles,
  { ackLocalAgents, native }: Acknowledgement,
  { terminal, environment }: Context,
): void {
  const entries = localAgentEntries(config);
  if (entries.length === 0) return;
  const known = readAcknowledged(files.localAgentAck);
  const interfaces = interfacesOf(entries);
  if (ackLocalAgents || acknowledgesLocalAgents(environment)) {
    for (const folder of [files.root, dirname(files.localAgentAck)]) makePrivateFolder(folder);
    writeAcknowledged(files.localAgentAck, [...known.interfaces, ...interfaces], new Date());
    terminal.line(`Acknowledged on this machine: local-agent providers (${interfaces.join(", ")})`);
    return;
  }
  const news = entries.filter(({ id }) => !known.interfaces.includes(id));
  if (news.length === 0) return;
  if (known.isUnreadable) {
    terminal.warning(`${files.localAgentAck} cannot be understood: nothing counts as acknowledged`);
  }
  const exposed = exposedPlaces(config, native ? brightstaffAddress(environment) : undefined);
  const { bold, yellow } = terminal.errorStyle;
  const title = yellow(bold(`Local-agent provider detected (${interfacesOf(news).join(", ")})`));
  for (const line of formatPanel(title, panelText(news, exposed, bold))) terminal.errorLine(line);
}

/** Throws an AppError that names the entries: a container holds neither these programs nor the operator's files. */
export function refuseLocalAgents(config: GatewayConfig): void {
  const names = localAgentEntries(config).map(({ name }) => name);
  if (names.length === 0) return;
  const run = names.length === 1 ? "runs a program" : "run programs";
  throw new AppError(`${names.join(", ")} ${run} on this machine, which a container cannot`, {
    code: "local-agent-in-container",
    hint: "Start the gateway without --docker, or take the local-agent providers out.",
  });
}

/** The text of the warning; `exposed` names what other machines can reach. */
function panelText(
  entries: readonly LocalAgentEntry[],
  exposed: readonly string[],
  bold: (text: string) => string,
): string[] {
  const reachable = [
    bold("Other machines can reach it, and run commands here through it:"),
    ...exposed.map((place) => `  • ${place}`),
    "Set the address to 127.0.0.1.",
    "",
  ];
  return [
    "Every request to one of these runs a program on this machine, as you:",
    ...entries.map(({ name }) => `  • ${name}`),
    "It can read and write your files, run commands, use your logins and reach",
    "any network that you reach. For local development by one person, not for",
    "production.",
    "",
    ...(exposed.length === 0 ? [] : reachable),
    "Once you know, this machine does not ask again:",
    "  planoai up --ack-local-agents     or     PLANO_ACK_LOCAL_AGENTS=1",
    "",
    `${bold("Learn more")}: "Local-agent providers" at https://docs.planoai.dev`,
  ];
}

/** The entries that run a program, in the order of the file. */
function localAgentEntries({ providers }: GatewayConfig): LocalAgentEntry[] {
  return providers.flatMap((provider) => {
    const id = localAgentInterface(provider);
    return id === undefined ? [] : [{ id, name: provider.name }];
  });
}

function interfacesOf(entries: readonly LocalAgentEntry[]): LocalAgentInterface[] {
  return [...new Set(entries.map(({ id }) => id))].sort();
}

/** What accepts model calls at an address that is not this machine's alone. */
function exposedPlaces(
  { listeners }: GatewayConfig,
  brightstaff: { readonly address: string; readonly port: number } | undefined,
): string[] {
  const behindEnvoy = brightstaff === undefined ? [] : [{ name: "BIND_ADDRESS", ...brightstaff }];
  return [...listeners, ...behindEnvoy]
    .filter(({ address }) => !isLoopback(address))
    .map(
      ({ name, address, port }) => `${name} at ${address.includes(":") ? `[${address}]` : address}:${port}`,
    );
}

interface Acknowledged {
  readonly interfaces: readonly string[];
  /** There is a file, and it is not of our making. */
  readonly isUnreadable: boolean;
}

function readAcknowledged(path: string): Acknowledged {
  const text = readIfPresent(path);
  if (text === undefined) return { interfaces: [], isUnreadable: false };
  const interfaces = interfacesIn(text);
  return { interfaces: interfaces ?? [], isUnreadable: interfaces === undefined };
}

function interfacesIn(text: string): string[] | undefined {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== "object" || content === null || !("acknowledged" in content)) return undefined;
    const { acknowledged } = content;
    if (!Array.isArray(acknowledged)) return undefined;
    return acknowledged.every((entry) => typeof entry === "string") ? acknowledged : undefined;
  } catch {
    return undefined;
  }
}

function writeAcknowledged(path: string, interfaces: readonly string[], now: Date): void {
  const content = {
    ack_at: now.toISOString().replace(/\.\d+Z$/, "Z"),
    acknowledged: [...new Set(interfaces)].sort(),
  };
  writePrivateFile(path, `${JSON.stringify(content, null, 2)}\n`);
}
