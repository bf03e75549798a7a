import { coloured, useTheme } from "@plano/screen";
import { Box, Text } from "ink";
import { Buttons } from "../components/Buttons.tsx";
import { StatusText } from "../components/StatusText.tsx";
import { hintFor, urgentMessage } from "../form/describe.ts";
import type { FormState } from "../form/state.ts";
import { cutText } from "../form/text-input.ts";
import { visibleRange } from "../form/visible-range.ts";
import { wrapText } from "../form/wrap-text.ts";
import { formLines } from "./form-lines.tsx";

interface FormScreenProps {
  readonly state: FormState;
  readonly columns: number;
  readonly rows: number;
  readonly now: Date;
}

const title = "# Plan42 Runner Config";
const keysLine = "tab next · ctrl+s save · esc leave · ? keys";

/** The form: a title, what fits of the fields around the one with the focus, the buttons and a line about it. */
export function FormScreen({ state, columns, rows, now }: FormScreenProps) {
  const theme = useTheme();
  const { focus, file } = state;
  const isLow = rows < 16;
  const urgent = urgentMessage(state);
  const footer =
    urgent === undefined ? [hintFor(focus, file.path)] : wrapText(urgent.text, columns).slice(0, 3);
  const bodyRows = rows - (isLow ? 1 : 2) - 1 - footer.length - (isLow ? 0 : 2);
  const lines = formLines(state, columns, now);
  const places = lines.flatMap((line, index) => (line.focus === focus ? [index] : []));
  const isBelow = focus === "ok" || focus === "cancel";
  const { start, end } = visibleRange(lines.length, bodyRows, isBelow ? [lines.length - 1] : places);
  const path = file.exists ? file.path : `${file.path} (new)`;
  return (
    <Box flexDirection="column" height={rows} width={columns}>
      <Box justifyContent="space-between" height={1}>
        <Text bold>{title}</Text>
        <Text {...coloured(theme.other)}>{cutText(path, columns - title.length - 2)}</Text>
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
      {footer.map((line) => (
        <StatusText
          key={line}
          tone={urgent === undefined ? "hint" : urgent.isError ? "error" : "warning"}
          text={line}
        />
      ))}
      {isLow ? null : <StatusText tone="hint" text={cutText(keysLine, columns)} />}
    </Box>
  );
}

/** What is out of sight. */
function moreText(above: number, below: number): string {
  return [above > 0 ? `↑ ${above} more` : "", below > 0 ? `↓ ${below} more` : ""]
    .filter((part) => part !== "")
    .join("  ");
}
