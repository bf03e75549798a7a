import type { ContentBlock, ConverseStreamOutput, TokenUsage } from "@aws-sdk/client-bedrock-runtime";

interface Joined {
  readonly content: ContentBlock[];
  readonly stopReason: string | undefined;
  readonly usage: TokenUsage | undefined;
}

/** One block as its deltas come in. */
interface OpenBlock {
  text: string;
  reasoning: string;
  signature: string | undefined;
  redacted: Uint8Array | undefined;
  tool: { readonly id: string; readonly name: string; input: string } | undefined;
}

/** Joins the events of a stream to what a buffered reply holds. Throws when the stream has no end. */
export async function joinConverseEvents(
  events: AsyncIterable<ConverseStreamOutput> | Iterable<ConverseStreamOutput>,
  onText?: (piece: string) => void,
): Promise<Joined> {
  const blocks = new Map<number, OpenBlock>();
  let stopReason: string | undefined;
  let usage: TokenUsage | undefined;
  const at = (index: number | undefined): OpenBlock => {
    const known = blocks.get(index ?? -1);
    if (known) return known;
    const fresh = { text: "", reasoning: "", signature: undefined, redacted: undefined, tool: undefined };
    blocks.set(index ?? -1, fresh);
    return fresh;
  };
  for await (const event of events) {
    const start = event.contentBlockStart?.start?.toolUse;
    if (start) {
      const tool = { id: start.toolUseId ?? "", name: start.name ?? "", input: "" };
      at(event.contentBlockStart?.contentBlockIndex).tool = tool;
    }
    if (event.contentBlockDelta) {
      const { delta, contentBlockIndex } = event.contentBlockDelta;
      const block = at(contentBlockIndex);
      block.text += delta?.text ?? "";
      if (delta?.text) onText?.(delta.text);
      if (block.tool) block.tool.input += delta?.toolUse?.input ?? "";
      block.reasoning += delta?.reasoningContent?.text ?? "";
      block.signature = delta?.reasoningContent?.signature ?? block.signature;
      block.redacted = delta?.reasoningContent?.redactedContent ?? block.redacted;
    }
    stopReason = event.messageStop?.stopReason ?? stopReason;
    usage = event.metadata?.usage ?? usage;
  }
  if (stopReason === undefined) throw new Error("the stream ended before its messageStop");
  return { content: [...blocks.values()].map(closed), stopReason, usage };
}

function closed({ text, reasoning, signature, redacted, tool }: OpenBlock): ContentBlock {
  if (tool) {
    return { toolUse: { toolUseId: tool.id, name: tool.name, input: JSON.parse(tool.input) } };
  }
  if (redacted) return { reasoningContent: { redactedContent: redacted } };
  if (reasoning !== "" || signature !== undefined) {
    return { reasoningContent: { reasoningText: { text: reasoning, signature } } };
  }
  return { text };
}
