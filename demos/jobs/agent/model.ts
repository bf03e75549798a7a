/** A file that a model wants written. */
export interface WrittenFile {
  readonly path: string;
  readonly content: string;
}

export interface ModelQuestion {
  /** The gateway; no key is needed there. */
  readonly url: string;
  readonly model: string;
  readonly prompt: string;
  readonly onText: (line: string) => void;
  readonly onFile: (file: WrittenFile) => void;
}

interface Message {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
}

const writeFile = {
  type: "function",
  function: {
    name: "write_file",
    description: "Writes a text file in the repository",
    parameters: {
      type: "object",
      properties: { path: { type: "string" }, content: { type: "string" } },
      required: ["path", "content"],
    },
  },
};
const mostRounds = 5;

/** Asks a model, does what it asks for in between, and resolves to its last words. */
export async function askModel(question: ModelQuestion): Promise<string> {
  const { prompt, onText, onFile } = question;
  const messages: object[] = [{ role: "user", content: prompt }];
  for (let round = 0; round < mostRounds; round += 1) {
    const reply = await complete(question, messages);
    for (const line of reply.content?.split("\n") ?? []) onText(line);
    const calls = reply.tool_calls ?? [];
    if (calls.length === 0) return reply.content ?? "";
    messages.push(reply);
    for (const call of calls) {
      onFile(JSON.parse(call.function.arguments));
      messages.push({ role: "tool", tool_call_id: call.id, content: "written" });
    }
  }
  throw new Error(`the model did not come to an end in ${mostRounds} rounds`);
}

async function complete({ url, model }: ModelQuestion, messages: readonly object[]): Promise<Message> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model, messages, tools: [writeFile] }),
    signal: AbortSignal.timeout(120_000),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${body}`);
  const reply: { choices: readonly { message: Message }[] } = JSON.parse(body);
  const message = reply.choices[0]?.message;
  if (message === undefined) throw new Error("the model said nothing");
  return message;
}
