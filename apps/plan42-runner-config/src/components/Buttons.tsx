import { coloured, useTheme } from "@plano/screen";
import { Box, Text } from "ink";
import type { Focus } from "../form/state.ts";

/** `[OK]` and `[Cancel]`, and what else there is above and below. */
export function Buttons({ focus, more }: { readonly focus: Focus; readonly more: string }) {
  const theme = useTheme();
  const button = (name: Focus, text: string) => {
    const isFocused = focus === name;
    return (
      <Text bold={isFocused} inverse={isFocused} {...coloured(isFocused ? theme.selected : theme.other)}>
        {text}
      </Text>
    );
  };
  return (
    <Box height={1} justifyContent="space-between">
      <Box gap={2} marginLeft={2}>
        {button("ok", "[OK]")}
        {button("cancel", "[Cancel]")}
      </Box>
      <Text {...coloured(theme.other)}>{more}</Text>
    </Box>
  );
}
