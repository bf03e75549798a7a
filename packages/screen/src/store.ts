/** Holds a screen's state between two steps of it. */
export interface ScreenStore<State, Action> {
  readonly state: () => State;
  /** Calls back after each change, and returns how to stop that. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly dispatch: (action: Action) => void;
}

/**
 * A store that begins with `first`. What an action changes and brings about is `update`'s to say; effects are given to
 * `perform`, in order, after the change that they come from.
 */
export function createScreenStore<State, Action, Effect>(
  first: State,
  update: (state: State, action: Action) => readonly [State, readonly Effect[]],
  perform: (effect: Effect) => void,
): ScreenStore<State, Action> {
  let state = first;
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch: (action) => {
      const [next, effects] = update(state, action);
      state = next;
      for (const listener of listeners) listener();
      for (const effect of effects) perform(effect);
    },
  };
}
