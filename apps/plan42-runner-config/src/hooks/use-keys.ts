import type { ScreenStore } from "@plano/screen";
import { useInput, usePaste } from "ink";
import { keysOf } from "../form/keys-of.ts";
import type { Action, FormState } from "../form/state.ts";

/** Gives what is typed and pasted to the form. */
export function useKeys({ dispatch }: ScreenStore<FormState, Action>): void {
  useInput((input, pressed) => {
    for (const key of keysOf(input, pressed)) dispatch({ type: "key", key });
  });
  usePaste((text) => {
    dispatch({ type: "key", key: { name: "edit", edit: { type: "insert", text } } });
  });
}
