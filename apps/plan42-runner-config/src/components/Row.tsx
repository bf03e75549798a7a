import { coloured, useTheme } from "@plano/screen";
import { Box, Text } from "ink";
import type { ReactNode } from "react";

/** Cells that are taken by what stands before a field's value. */
export const valueColumn = 23;
const labelWidth = 20;

interface RowProps {
  readonly label: string;
  readonly isFocused: boolean;
  readonly children: ReactNode;
}

/** One line of the form: a sign for the focus, a label, a value. */
export function Row({ label, isFocused, children }: RowProps) {
  const theme = useTheme();
  return (
    <Box height={1}>
      <Text {...coloured(isFocused ? theme.selected : theme.other)} bold={isFocused}>
        {`${isFocused ? "›" : " "} ${label.padEnd(labelWidth)} `}
      </Text>
      {children}
    </Box>
  );
}
