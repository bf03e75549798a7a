import { coloured, useTheme } from "@plano/screen";
import { Text, useAnimation } from "ink";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** A sign that something is going on, and what. */
export function Spinner({ indent, text }: { readonly indent: string; readonly text: string }) {
  const theme = useTheme();
  const { frame } = useAnimation({ interval: 80 });
  return (
    <Text wrap="truncate">
      {indent}
      <Text {...coloured(theme.spinner)}>{frames[frame % frames.length]}</Text>
      {` ${text}`}
    </Text>
  );
}
