import { Box, render, type SuspendTerminal, Text, useApp, useWindowSize } from "ink";
import { type ReactNode, useEffect } from "react";
import { type Theme, ThemeProvider } from "./theme.ts";

const leastColumns = 40;
const leastRows = 8;

/** The terminal that something is shown on. */
export interface Screen {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Stops the program until it is to go on, as Ctrl-Z does. The terminal is the shell's meanwhile. */
  readonly suspend: () => Promise<void>;
}

/** What is shown, until it is closed. */
export interface Shown {
  /** Gives the terminal to the shell, and goes on where it was when the shell gives it back. */
  suspend(): Promise<void>;
  close(): Promise<void>;
}

/** Shows something on the whole of a terminal, which is as it was before when that is closed. */
export function show(content: ReactNode, screen: Screen): Shown {
  let suspendTerminal: SuspendTerminal | undefined;
  const app = render(
    <Suspendable
      onSuspendable={(suspend) => {
        suspendTerminal = suspend;
      }}
    >
      {content}
    </Suspendable>,
    {
      stdin: screen.stdin,
      stdout: screen.stdout,
      exitOnCtrlC: false,
      patchConsole: false,
      interactive: true,
      alternateScreen: true,
      incrementalRendering: true,
      isScreenReaderEnabled: false,
    },
  );
  return {
    suspend: async () => suspendTerminal?.(screen.suspend),
    close: async () => {
      app.unmount();
      await app.waitUntilExit();
    },
  };
}

interface SuspendableProps {
  readonly onSuspendable: (suspend: SuspendTerminal) => void;
  readonly children: ReactNode;
}

/** Gets hold of how the terminal is given away, which Ink tells its components only. */
function Suspendable({ onSuspendable, children }: SuspendableProps) {
  const { suspendTerminal } = useApp();
  useEffect(() => onSuspendable(suspendTerminal), [onSuspendable, suspendTerminal]);
  return children;
}

interface WindowProps {
  readonly theme: Theme;
  readonly children: (columns: number, rows: number) => ReactNode;
}

/** The whole window, in its size; one that is too small says so. */
export function Window({ theme, children }: WindowProps) {
  const { columns, rows } = useWindowSize();
  if (columns < leastColumns || rows < leastRows) {
    return (
      <Box height={rows} width={columns}>
        <Text wrap="truncate">{`needs ${leastColumns}×${leastRows} cells`}</Text>
      </Box>
    );
  }
  return <ThemeProvider value={theme}>{children(columns, rows)}</ThemeProvider>;
}
