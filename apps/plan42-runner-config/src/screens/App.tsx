import { type ScreenStore, type Theme, useStore, Window } from "@plano/screen";
import type { Action, FormState } from "../form/state.ts";
import { useKeys } from "../hooks/use-keys.ts";
import { FormScreen } from "./FormScreen.tsx";
import { HelpScreen } from "./HelpScreen.tsx";

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
        state.isHelpOpen ? (
          <HelpScreen columns={columns} rows={rows} />
        ) : (
          <FormScreen state={state} columns={columns} rows={rows} now={now()} />
        )
      }
    </Window>
  );
}
