import { coloured, moreText, useTheme, visibleRange } from "@plano/screen";
import { Box, Text } from "ink";
import { Buttons } from "../components/Buttons.tsx";
import { StatusText } from "../components/StatusText.tsx";
import { hintFor, urgentMessage } from "../form/describe.ts";
import type { FormState } from "../form/state.ts";
import { cutText } from "../form/text-input.ts";
import { cutPath, fitText } from "../form/wrap-text.ts";
import { formLines } from "./form-lines.tsx";

interface FormScreenProps {
  readonly state: FormState;
  readonly columns: number;
  readonly rows: number;
  readonly now: Date;
}

const title = "# Plan42 Runner Config";
/** The window in which every hint is one line, but for that of a long path. */
const wholeHintColumns = 76;
/** How much of the form an urgent message leaves. */
const leastBodyRows = 2;
const keysLine = "tab next · ctrl+s save · esc leave · ? keys";

/** The form: a title, what fits of the fields around the one with the focus, the buttons and a line about it. */
export function FormScreen({ state, columns, rows, now }: FormScreenProps) {
  const theme = useTheme();
  const { focus, file } = state;
  const isLow = rows < 16;
  const urgent = urgentMessage(state);
  const footer =
    urgent === undefined
      ? hintLines(hintFor(focus, file.path), columns, rows)
      : fitText(urgent.text, columns, rows - leastBodyRows - 3);
  const bodyRows = rows - 3 - footer.length - (isLow ? 0 : 2);
  const lines = formLines(state, columns, now);
  const places = lines.flatMap((line, index) => (line.focus === focus ? [index] : []));
  const isBelow = focus === "ok" || focus === "cancel";
  const { start, end } = visibleRange(lines.length, bodyRows, isBelow ? [lines.length - 1] : places);
  const sign = file.exists ? "" : " (new)";
  const path = cutPath(file.path, columns - title.length - 2 - sign.length) + sign;
  return (
    <Box flexDirection="column" height={rows} width={columns}>
      <Box justifyContent="space-between" height={1}>
        <Text bold>{title}</Text>
        <Text {...coloured(theme.other)}>{path}</Text>
      </Box>
      {isLow ? null : <Text> </Text>}
      <Box flexDirection="column" height={bodyRows}>
        {lines.slice(start, end).map(({ key, node }) => (
          <Box key={key} height={1} flexShrink={0}>
            {node}
          </Box>
        ))}
      </Box>
      <Buttons focus={focus} more={moreText(start, lines.length - end)} />
      {isLow ? null : <Text> </Text>}
      {footer.map((line, index) => (
        <StatusText
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are told apart by their place alone
          key={index}
          tone={urgent === undefined ? "hint" : urgent.isError ? "error" : "warning"}
          text={line}
        />
      ))}
      <StatusText tone="hint" text={cutText(keysLine, columns)} />
    </Box>
  );
}

/** A hint in as many lines in every field, so that nothing moves: two where it would not fit into one. */
function hintLines(text: string, columns: number, rows: number): readonly string[] {
  const count = columns < wholeHintColumns && rows >= 12 ? 2 : 1;
  const lines = fitText(text, columns, count);
  return [...lines, ...Array.from({ length: count - lines.length }, () => " ")];
}
