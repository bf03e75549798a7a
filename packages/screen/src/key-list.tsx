import { Box, Text } from "ink";
import { coloured, useTheme } from "./theme.ts";
import { moreText, visibleRange } from "./visible-range.ts";

/** Keys, and what they do. */
export type KeyHelp = readonly [keys: string, effect: string];

interface KeyListProps {
  readonly title: string;
  readonly keys: readonly KeyHelp[];
  /** The line that is kept in sight. */
  readonly chosen: number;
  readonly columns: number;
  readonly rows: number;
}

/** The whole window with all keys of a program: where it is low, those around the chosen line. */
export function KeyList({ title, keys, chosen, columns, rows }: KeyListProps) {
  const theme = useTheme();
  const isRoomy = rows >= keys.length + 4;
  const { start, end } = visibleRange(keys.length, rows - (isRoomy ? 3 : 2), [chosen]);
  const width = Math.max(...keys.map(([key]) => key.length));
  return (
    <Box flexDirection="column" height={rows} width={columns}>
      <Text bold wrap="truncate">
        {title}
      </Text>
      {isRoomy ? <Text> </Text> : null}
      {keys.slice(start, end).map(([key, effect], index) => {
        const isChosen = start + index === chosen;
        return (
          <Box key={key} height={1} flexShrink={0}>
            <Text wrap="truncate" bold={isChosen}>
              <Text {...coloured(theme.selected)}>{`${isChosen ? "›" : " "} ${key.padEnd(width)}  `}</Text>
              {effect}
            </Text>
          </Box>
        );
      })}
      <Box flexGrow={1} />
      <Box justifyContent="space-between" height={1}>
        <Text wrap="truncate" {...coloured(theme.other)}>
          ↑↓ move · other keys go back
        </Text>
        <Box flexShrink={0} marginLeft={1}>
          <Text {...coloured(theme.other)}>{moreText(start, keys.length - end)}</Text>
        </Box>
      </Box>
    </Box>
  );
}
