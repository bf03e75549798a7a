import { oneLine } from "@plano/terminal";
import { Text } from "ink";
import type { ReactNode } from "react";
import { Row, valueColumn } from "../components/Row.tsx";
import { RuntimeLine } from "../components/RuntimeLine.tsx";
import { Spinner } from "../components/Spinner.tsx";
import { StatusText, type Tone } from "../components/StatusText.tsx";
import { TextField } from "../components/TextField.tsx";
import { describePassed } from "../form/describe.ts";
import { isSecret, textAt } from "../form/focus.ts";
import { runtimeChoices } from "../form/model.ts";
import { maskSecret } from "../form/secret-text.ts";
import type { Focus, FormState } from "../form/state.ts";
import { cutText } from "../form/text-input.ts";
import { wrapText } from "../form/wrap-text.ts";

/** A line of the form, one cell high. Lines that belong to what has the focus are kept in sight. */
export interface FormLine {
  readonly key: string;
  readonly focus?: Focus;
  readonly node: ReactNode;
}

/** All lines of the form between its title and its buttons. */
export function formLines(state: FormState, columns: number, now: Date): readonly FormLine[] {
  return [
    ...state.file.notices.flatMap((notice, index) =>
      statusLines(`notice-${index}`, notice, "warning", columns),
    ),
    ...(state.file.notices.length > 0 ? [blankLine("notices-end")] : []),
    titleLine("runner", "[runner]"),
    field(state, columns, {
      focus: "token",
      label: "Plan42 Runner Token",
      placeholder: "p42r_01234abcdef...",
    }),
    field(state, columns, { focus: "url", label: "Server URL", placeholder: "https://..." }),
    ...runtimeLines(state, columns),
    ...validationLines(state, columns, now),
    ...state.setup.connections.flatMap(({ key, name, connectionId }, index) => [
      blankLine(`${index}.blank`),
      titleLine(`${index}.title`, `[github.${cutText(key, columns - 10)}]`),
      fixedLine(`${index}.name`, "Name", oneLine(name), columns),
      fixedLine(`${index}.id`, "Connection ID", connectionId, columns),
      field(state, columns, {
        focus: `${index}.url`,
        label: "Server URL",
        placeholder: "https://github.com",
      }),
      field(state, columns, { focus: `${index}.token`, label: "Github Token", placeholder: "none" }),
    ]),
  ];
}

interface FieldPlace {
  readonly focus: Focus;
  readonly label: string;
  readonly placeholder: string;
}

function field(state: FormState, columns: number, { focus, label, placeholder }: FieldPlace): FormLine {
  const isFocused = state.focus === focus;
  const text = textAt(state, focus) ?? "";
  const shown = isSecret(focus) && !(isFocused && state.isRevealed) ? maskSecret(text) : text;
  return {
    key: focus,
    focus,
    node: (
      <TextField
        label={label}
        text={shown}
        placeholder={placeholder}
        isFocused={isFocused}
        cursor={state.cursor}
        width={valueWidth(columns)}
      />
    ),
  };
}

function runtimeLines(state: FormState, columns: number): readonly FormLine[] {
  const { dropDown, runtimes, setup, focus } = state;
  const isFocused = focus === "runtime";
  const width = valueWidth(columns);
  // Of an open list the choice that is highlighted is kept in sight.
  const line = (key: string, node: ReactNode, { label = "", isInSight = true } = {}): FormLine => ({
    key,
    ...(isInSight && { focus: "runtime" }),
    node: (
      <Row label={label} isFocused={isFocused && label !== ""}>
        {node}
      </Row>
    ),
  });
  const chosen = (
    <RuntimeLine sign={dropDown.isOpen ? "▼" : "▶"} name={setup.runtime} runtimes={runtimes} width={width} />
  );
  const options = dropDown.isOpen ? runtimeChoices(state) : [];
  return [
    line("runtime", chosen, { label: "Execution Runtime", isInSight: !dropDown.isOpen }),
    ...options.map((name, index) => {
      const isHighlighted = index === dropDown.highlighted;
      const sign = isHighlighted ? ">" : " ";
      return line(
        `runtime-${name}`,
        <RuntimeLine
          sign={sign}
          name={name}
          runtimes={runtimes}
          width={width}
          isHighlighted={isHighlighted}
        />,
        { isInSight: isHighlighted },
      );
    }),
  ];
}

function validationLines({ validation, setup }: FormState, columns: number, now: Date): readonly FormLine[] {
  const spread = (key: string, text: string, tone: Tone) =>
    statusLines(key, text, tone, columns).map((line): FormLine => ({ ...line, focus: "runtime" }));
  switch (validation.state) {
    case "none":
      return [];
    case "running":
      return [
        {
          key: "validation",
          focus: "runtime",
          node: <Spinner indent="  " text="Validating Token (esc cancels)" />,
        },
      ];
    case "failed":
      return [
        ...spread("error", `ERROR: ${validation.failure.message}`, "error"),
        ...(validation.failure.hint === undefined ? [] : spread("hint", validation.failure.hint, "hint")),
      ];
    case "passed":
      return describePassed(validation, setup.url, now).flatMap(({ text, isWarning }, index) =>
        spread(`passed-${index}`, text, isWarning ? "warning" : "good"),
      );
  }
}

function statusLines(key: string, text: string, tone: Tone, columns: number): FormLine[] {
  return wrapText(text, columns - 2).map((line, index) => ({
    key: `${key}-${index}`,
    node: <StatusText tone={tone} text={`  ${line}`} />,
  }));
}

function fixedLine(key: string, label: string, text: string, columns: number): FormLine {
  return {
    key,
    node: (
      <Row label={label} isFocused={false}>
        <Text>{cutText(text, valueWidth(columns))}</Text>
      </Row>
    ),
  };
}

function titleLine(key: string, title: string): FormLine {
  return { key: `title-${key}`, node: <Text bold>{title}</Text> };
}

function blankLine(key: string): FormLine {
  return { key, node: <Text> </Text> };
}

function valueWidth(columns: number): number {
  return Math.max(10, columns - valueColumn);
}
