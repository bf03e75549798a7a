import { coloured, type Theme, useTheme } from "@plano/screen";
import { Box, Text } from "ink";

interface LineProps {
  readonly text: string;
  readonly tone?: keyof Theme;
  readonly isBold?: boolean;
}

/** One line of the screen, cut where the window ends. */
export function Line({ text, tone, isBold = false }: LineProps) {
  const theme = useTheme();
  return (
    <Box height={1} flexShrink={0}>
      <Text wrap="truncate" bold={isBold} {...coloured(tone && theme[tone])}>
        {text === "" ? " " : text}
      </Text>
    </Box>
  );
}
