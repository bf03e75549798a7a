import { coloured, useTheme } from "@plano/screen";
import { Box, Text } from "ink";
import { cutText } from "../form/text-input.ts";

const keys: readonly (readonly [string, string])[] = [
  ["tab, down, enter", "next field; below the runtime it checks the token first"],
  ["shift+tab, up", "previous field"],
  ["ctrl+s", "save from anywhere, without asking the server"],
  ["esc", "leave without saving; cancels a check, closes the list"],
  ["ctrl+c", "leave at once"],
  ["ctrl+z", "suspend; fg comes back"],
  ["ctrl+r", "show or hide the token"],
  ["left, right", "in a text; between buttons; close, open the list"],
  ["enter, space", "open the list, choose; press a button"],
  ["home, end", "beginning, end of a text (ctrl+a, ctrl+e)"],
  ["ctrl+u, ctrl+k", "delete to the beginning, to the end"],
  ["ctrl+w", "delete a word"],
  ["?", "these keys"],
];

/** All keys. Any key closes it. */
export function HelpScreen({ columns, rows }: { readonly columns: number; readonly rows: number }) {
  const theme = useTheme();
  const shown = keys.slice(0, rows - 2);
  const hidden = keys.length - shown.length;
  return (
    <Box flexDirection="column" height={rows} width={columns}>
      <Text bold># Plan42 Runner Config: keys</Text>
      {rows < keys.length + 4 ? null : <Text> </Text>}
      {shown.map(([key, effect]) => (
        <Box key={key} height={1}>
          <Text {...coloured(theme.selected)}>{`  ${key.padEnd(17)} `}</Text>
          <Text>{cutText(effect, columns - 20)}</Text>
        </Box>
      ))}
      <Box flexGrow={1} />
      <Text {...coloured(theme.other)}>
        {hidden === 0 ? "any key goes back" : `any key goes back; ${hidden} more in a higher window`}
      </Text>
    </Box>
  );
}
