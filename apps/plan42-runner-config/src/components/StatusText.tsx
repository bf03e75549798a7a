import { coloured, useTheme } from "@plano/screen";
import { Text } from "ink";

export type Tone = "error" | "warning" | "good" | "hint";

/** A line that tells how things are. */
export function StatusText({ tone, text }: { readonly tone: Tone; readonly text: string }) {
  const theme = useTheme();
  const colour = { error: theme.error, warning: theme.warning, good: theme.good, hint: theme.other }[tone];
  return (
    <Text bold={tone === "error"} wrap="truncate" {...coloured(colour)}>
      {text}
    </Text>
  );
}
