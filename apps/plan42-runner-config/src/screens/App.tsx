import { KeyList, type ScreenStore, type Theme, useStore, Window } from "@plano/screen";
import { helpKeys } from "../form/help-keys.ts";
import type { Action, FormState } from "../form/state.ts";
import { useKeys } from "../hooks/use-keys.ts";
import { FormScreen } from "./FormScreen.tsx";

interface AppProps {
  readonly store: ScreenStore<FormState, Action>;
  readonly theme: Theme;
  readonly now: () => Date;
}

/** Everything on the screen. */
export function App({ store, theme, now }: AppProps) {
  const state = useStore(store);
  useKeys(store);
  return (
    <Window theme={theme}>
      {(columns, rows) =>
        state.helpLine === undefined ? (
          <FormScreen state={state} columns={columns} rows={rows} now={now()} />
        ) : (
          <KeyList
            title="# Plan42 Runner Config: keys"
            keys={helpKeys}
            chosen={state.helpLine}
            columns={columns}
            rows={rows}
          />
        )
      }
    </Window>
  );
}
