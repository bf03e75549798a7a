import { type AgentCommand, platformFile } from "./agent.ts";

/** The program, if its package for this platform is installed. */
export const claudeCode = platformFile(
  `@anthropic-ai/claude-code-${process.platform}-${process.arch}`,
  process.platform === "win32" ? "claude.exe" : "claude",
);

/** Claude Code in print mode: it reads and edits files without asking. */
export function claudeCodeCommand(
  program: string,
  { url, model, prompt }: { readonly url: string; readonly model: string; readonly prompt: string },
): AgentCommand {
  return {
    program,
    args: [
      ...["-p", prompt, "--model", model, "--output-format", "json"],
      ...["--permission-mode", "acceptEdits", "--allowedTools", "Read,Edit"],
    ],
    environment: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: "unused",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_ERROR_REPORTING: "1",
      DISABLE_TELEMETRY: "1",
    },
  };
}
