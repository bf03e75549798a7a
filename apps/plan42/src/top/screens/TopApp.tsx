import { KeyList, type ScreenStore, type Theme, useStore, Window } from "@plano/screen";
import { Box, useInput } from "ink";
import { helpKeys } from "../help-keys.ts";
import { keysOf } from "../keys-of.ts";
import type { Action, TopState } from "../state.ts";
import { LogScreen } from "./LogScreen.tsx";
import { RunnerScreen } from "./RunnerScreen.tsx";

interface TopAppProps {
  readonly store: ScreenStore<TopState, Action>;
  readonly theme: Theme;
}

/** Everything on the screen. */
export function TopApp({ store, theme }: TopAppProps) {
  const state = useStore(store);
  useInput((input, pressed) => {
    for (const key of keysOf(input, pressed)) store.dispatch({ type: "key", key });
  });
  return (
    <Window theme={theme}>
      {(columns, rows) => (
        <Box flexDirection="column" height={rows} width={columns}>
          {state.helpLine !== undefined ? (
            <KeyList
              title="# Plan42 Runner: keys"
              keys={helpKeys}
              chosen={state.helpLine}
              columns={columns}
              rows={rows}
            />
          ) : state.log === undefined ? (
            <RunnerScreen state={state} rows={rows} />
          ) : (
            <LogScreen state={state} log={state.log} rows={rows} />
          )}
        </Box>
      )}
    </Window>
  );
}
