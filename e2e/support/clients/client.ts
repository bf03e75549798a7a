/** A question in terms that every client API can say. */
export interface Question {
  readonly model: string;
  readonly text: string;
  readonly system?: string;
  /** Data URIs. */
  readonly images?: readonly string[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: "required";
  readonly parallelToolCalls?: boolean;
  /** Calls that the model made before, with their results: a finished tool turn. */
  readonly toolTurn?: readonly (ToolCall & { readonly result: string })[];
  /** The client's own earlier answer to this question, and what its tools gave: the next turn. */
  readonly after?: { readonly answer: Answer; readonly results: readonly string[] };
  /** Asks for visible reasoning. */
  readonly think?: boolean;
  /** JSON schema of an object that the answer must fit. */
  readonly schema?: Readonly<Record<string, unknown>> & { readonly type: "object" };
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  readonly signal?: AbortSignal;
}

interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>> & { readonly type: "object" };
}

interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Parsed. */
  readonly arguments: unknown;
}

export interface Answer {
  readonly text: string;
  /** What was shown of the reasoning. */
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  readonly stop: "end" | "length" | "tools" | "refusal";
  readonly usage: { readonly input: number; readonly output: number; readonly cached: number };
  /** What the provider is said to have answered with; undefined where the API does not tell. */
  readonly model: string | undefined;
  /** The assistant's turn as the SDK gave it, for `Question.after`. */
  readonly native: unknown;
}

export type ClientName = "chat" | "messages" | "responses" | "generate_content" | "converse" | "cohere_chat";

/** What went wrong, as the SDK tells it. */
export interface Refusal {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly message: string;
  readonly retryAfter: string | null | undefined;
}

/** One official SDK speaking one API. */
export interface Client {
  readonly name: ClientName;
  ask(question: Question): Promise<Answer>;
  /** The same, streamed. `onText` hears each piece of text as it comes. */
  stream(question: Question, onText?: (piece: string) => void): Promise<Answer>;
  /** Reads an error that `ask` or `stream` threw. */
  refusal(error: unknown): Refusal;
}

export interface ClientOptions {
  /** Origin of the gateway. */
  readonly url: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The text of a question's media type and base64 data. */
export function splitDataUri(uri: string): { mediaType: string; data: string } {
  const parts = /^data:([^;,]+);base64,(.*)$/.exec(uri);
  if (!parts?.[1] || parts[2] === undefined) throw new Error(`not a data URI: ${uri.slice(0, 40)}`);
  return { mediaType: parts[1], data: parts[2] };
}
