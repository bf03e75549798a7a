import { useSyncExternalStore } from "react";
import type { ScreenStore } from "./store.ts";

/** The state as it is now. */
export function useStore<State, Action>({ subscribe, state }: ScreenStore<State, Action>): State {
  return useSyncExternalStore(subscribe, state);
}
