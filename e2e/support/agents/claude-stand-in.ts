/**
 * Stands in for Claude Code in print mode with stream-json on both sides, and refuses what that refuses:
 * options that it does not know, lines that are not of its protocol. The name of the model says what happens.
 * Each run is told in a line of the file that CLAUDE_STAND_IN_RUNS names.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** How many words follow an option. */
const options: Readonly<Record<string, 0 | 1>> = {
  "-p": 0,
  "--include-partial-messages": 0,
  "--verbose": 0,
  "--no-session-persistence": 0,
  "--output-format": 1,
  "--input-format": 1,
  "--permission-mode": 1,
  "--model": 1,
};

interface Line {
  readonly type?: string;
  readonly request?: { readonly subtype?: string; readonly appendSystemPrompt?: string };
  readonly message?: { readonly role?: string; readonly content?: readonly Block[] };
}

interface Block {
  readonly type: string;
  readonly text?: string;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readOptions(words: readonly string[]): Record<string, string> {
  const given: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const arity = options[word];
    if (arity === undefined) fail(`error: unknown option '${word}'`);
    if (arity === 1) index += 1;
    given[word] = arity === 1 ? (words[index] ?? fail(`error: option '${word}' argument missing`)) : "";
  }
  for (const name of ["--output-format", "--input-format"]) {
    if (given[name] !== "stream-json") fail(`error: ${name} must be stream-json`);
  }
  if (given["-p"] === undefined || given["--verbose"] === undefined) fail("error: needs -p and --verbose");
  return given;
}

function readLine(text: string): Line {
  try {
    const line = JSON.parse(text) as Line;
    const isSystem = line.type === "control_request" && line.request?.subtype === "initialize";
    const { role, content } = line.message ?? {};
    const isUser = line.type === "user" && role === "user" && Array.isArray(content);
    if (isSystem || (isUser && content.every(({ type }) => ["text", "image", "document"].includes(type)))) {
      return line;
    }
  } catch {
    // Told below.
  }
  return fail("Error parsing streaming input line");
}

async function readInput(): Promise<Line[]> {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) text += piece;
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map(readLine);
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function event(type: string, more: object = {}, parent: string | null = null): void {
  say({ type: "stream_event", event: { type, ...more }, session_id: "s", parent_tool_use_id: parent });
}

function begin(): void {
  const usage = { input_tokens: 10, output_tokens: 1 };
  event("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model,
      content: [],
      stop_reason: null,
      usage,
    },
  });
}

function block(index: number, content_block: object, deltas: readonly object[]): void {
  event("content_block_start", { index, content_block });
  for (const delta of deltas) event("content_block_delta", { index, delta });
  event("content_block_stop", { index });
}

function text(index: number, words: string): void {
  const deltas = words.split(/(?<= )/).map((piece) => ({ type: "text_delta", text: piece }));
  block(index, { type: "text", text: "" }, deltas);
}

function end(stop_reason: string): void {
  event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 3 } });
  event("message_stop");
}

function finish(result: string, usage: object): void {
  say({ is_error: false, usage, type: "result", subtype: "success", result, num_turns: 1 });
}

const given = readOptions(process.argv.slice(2));
const model = given["--model"] ?? "";
const ignoresTerm = model.startsWith("stubborn");
if (ignoresTerm) process.on("SIGTERM", () => {});
/** An heir holds the output of this program open, a helper does not. */
const companion = /-with-(helper|heir)$/.exec(model)?.[1];
const helper =
  companion === undefined
    ? undefined
    : spawn("sh", ["-c", `${ignoresTerm ? "trap '' TERM;" : ""} sleep 300; exit`], {
        stdio: companion === "heir" ? "inherit" : "ignore",
      });
helper?.unref();
const input = await readInput();
const users = input.filter(({ type }) => type === "user");
if (users.length !== 1) fail("one message of the user is expected");
const content = users[0]?.message?.content ?? [];
const prompt = content.map((part) => part.text ?? `[${part.type}]`).join("");
const { CLAUDE_STAND_IN_RUNS: runs = "", CLAUDE_STAND_IN_GATE: gate = "" } = process.env;
const told = {
  pid: process.pid,
  helper: helper?.pid,
  arguments: process.argv.slice(2),
  variables: process.env,
  folder: process.cwd(),
  system: input.find(({ request }) => request !== undefined)?.request?.appendSystemPrompt,
  prompt,
};
appendFileSync(runs, `${JSON.stringify(told)}\n`);
say({ type: "system", subtype: "init", session_id: "s", tools: ["Bash"] });

switch (model.replace(/-with-(helper|heir)$/, "").replace(/^stubborn-/, "")) {
  case "silent":
    await pause(300_000);
    break;
  case "stalls":
    begin();
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
    event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "So far" } });
    await pause(300_000);
    break;
  case "waits":
    while (!existsSync(gate)) await pause(10);
    begin();
    text(0, "Done.");
    end("end_turn");
    finish("Done.", { input_tokens: 1, output_tokens: 1 });
    break;
  case "works":
    begin();
    text(0, "Let me look. ");
    block(1, { type: "tool_use", id: "toolu_1", name: "Bash", input: {} }, [
      { type: "input_json_delta", partial_json: '{"command":"ls"}' },
    ]);
    end("tool_use");
    event("message_start", { message: { id: "msg_helper", usage: {} } }, "toolu_1");
    say({ type: "user", message: { role: "user", content: [{ type: "tool_result", content: "a.txt" }] } });
    begin();
    text(0, "There is a.txt.");
    end("end_turn");
    finish("There is a.txt.", { input_tokens: 20, cache_read_input_tokens: 5, output_tokens: 12 });
    break;
  case "crashes":
    process.stderr.write(`panic: bad key ${process.env.ANTHROPIC_API_KEY ?? "none"}\n`);
    process.exit(3);
    break;
  case "crashes-midway":
    begin();
    text(0, "So far");
    process.stderr.write("out of memory\n");
    process.exitCode = 4;
    break;
  case "logged-out":
    say({ type: "assistant", message: { content: [] }, error: "authentication_failed" });
    say({ type: "result", subtype: "success", is_error: true, result: "Not logged in · Please run /login" });
    process.exitCode = 1;
    break;
  case "babbles":
    process.stdout.write("Segmentation fault\n");
    break;
  default:
    begin();
    text(0, `Echo: ${prompt}`);
    end("end_turn");
    finish(`Echo: ${prompt}`, { input_tokens: 10, output_tokens: 3 });
}
