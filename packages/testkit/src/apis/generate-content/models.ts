/** What the generations of the model family take. */
export interface Traits {
  /** Thinking is asked for by level, and calls come back signed. */
  readonly signsCalls: boolean;
  /** The budgets that are taken; undefined when any is. */
  readonly budgets: { readonly min: number; readonly max: number; readonly mayBeOff: boolean } | undefined;
  readonly takesLevel: boolean;
  readonly takesBudget: boolean;
  readonly jsonWithFunctions: boolean;
}

/** What a model takes, by its name. A bare scenario is of no generation and takes all. */
export function traitsOf(model: string): Traits {
  if (/gemini-3/.test(model)) {
    return {
      signsCalls: true,
      budgets: undefined,
      takesLevel: true,
      takesBudget: true,
      jsonWithFunctions: true,
    };
  }
  const older = { signsCalls: false, takesLevel: false, jsonWithFunctions: false };
  if (/gemini-2\.5-pro/.test(model)) {
    return { ...older, takesBudget: true, budgets: { min: 128, max: 32_768, mayBeOff: false } };
  }
  if (/gemini-2\.5-flash-lite/.test(model)) {
    return { ...older, takesBudget: true, budgets: { min: 512, max: 24_576, mayBeOff: true } };
  }
  if (/gemini-2\.5-flash/.test(model)) {
    return { ...older, takesBudget: true, budgets: { min: 0, max: 24_576, mayBeOff: true } };
  }
  if (/gemini-2\.0/.test(model)) return { ...older, takesBudget: false, budgets: undefined };
  return { ...older, takesLevel: true, takesBudget: true, budgets: undefined };
}
