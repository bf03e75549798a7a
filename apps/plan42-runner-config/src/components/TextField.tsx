import { coloured, useTheme } from "@plano/screen";
import { Text } from "ink";
import { cutText, visibleText } from "../form/text-input.ts";
import { Row } from "./Row.tsx";

interface TextFieldProps {
  readonly label: string;
  /** As it is to be seen: a secret is masked already. */
  readonly text: string;
  readonly placeholder: string;
  readonly isFocused: boolean;
  readonly cursor: number;
  /** Cells for the value. */
  readonly width: number;
}

/** A field of one line that scrolls sideways under its cursor. */
export function TextField({ label, text, placeholder, isFocused, cursor, width }: TextFieldProps) {
  const theme = useTheme();
  const seen = visibleText({ text, cursor }, width);
  const rest = text === "" ? cutText(placeholder, width) : "";
  if (!isFocused) {
    return (
      <Row label={label} isFocused={false}>
        <Text dimColor={text === ""} {...coloured(text === "" ? theme.other : undefined)}>
          {text === "" ? rest : cutText(text, width)}
        </Text>
      </Row>
    );
  }
  return (
    <Row label={label} isFocused>
      <Text>{seen.before}</Text>
      <Text inverse>{rest === "" ? seen.under : rest.slice(0, 1)}</Text>
      {rest === "" ? (
        <Text>{seen.after}</Text>
      ) : (
        <Text dimColor {...coloured(theme.other)}>
          {rest.slice(1)}
        </Text>
      )}
    </Row>
  );
}
