import { coloured, useTheme } from "@plano/screen";
import { Text } from "ink";
import type { FoundRuntime } from "../checks/find-runtimes.ts";
import { describeRuntime } from "../form/describe.ts";
import { cutText } from "../form/text-input.ts";

interface RuntimeLineProps {
  readonly sign: string;
  readonly name: string;
  readonly runtimes: readonly FoundRuntime[] | undefined;
  /** Cells for all of it. */
  readonly width: number;
  readonly isHighlighted?: boolean;
}

/** The drop-down itself, or one of its choices. */
export function RuntimeLine({ sign, name, runtimes, width, isHighlighted = false }: RuntimeLineProps) {
  const theme = useTheme();
  return (
    <Text bold={isHighlighted} {...coloured(isHighlighted ? theme.selected : undefined)}>
      {cutText(`${sign} ${describeRuntime(name, runtimes)}`, width)}
    </Text>
  );
}
