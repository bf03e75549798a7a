// What the form does: every key and every outcome, as a function of data. Effects are named here and done elsewhere.
import type { RuntimeName } from "@plano/runner-home";
import type { FoundRuntime } from "../checks/find-runtimes.ts";
import { defaultGithubUrl, type Setup } from "../setup/setup.ts";
import { syncConnections } from "../setup/sync-connections.ts";
import { connectionField, firstBelowRunner, isSecret, neighbour, textAt, withText } from "./focus.ts";
import { helpKeys } from "./help-keys.ts";
import type { Action, Effect, Focus, FormState, Key, ValidationOutcome } from "./state.ts";
import { editText, type TextEdit } from "./text-input.ts";

/** What becomes of the form, and what is to be done. */
export type Step = readonly [FormState, readonly Effect[]];

/** One step of the form. */
export function update(state: FormState, action: Action): Step {
  switch (action.type) {
    case "key":
      return onKey(state, action.key);
    case "runtimes-found":
      return [withRuntimes(state, action.runtimes), []];
    case "validated":
      return onValidated(state, action.id, action.outcome);
    case "saved":
      return [state, [{ type: "leave", saved: action.saved }]];
    case "not-saved":
      return [
        { ...moveTo(state, action.field ?? state.focus), isSaving: false, saveError: action.message },
        [],
      ];
  }
}

/** Whether the form says something else than when it was opened. */
function isChanged({ setup, untouched }: FormState): boolean {
  return JSON.stringify(setup) !== JSON.stringify(untouched);
}

function onKey(state: FormState, key: Key): Step {
  if (key.name === "quit") return leave(state);
  if (key.name === "suspend") return [state, [{ type: "suspend" }]];
  if (state.helpLine !== undefined) return [{ ...state, helpLine: helpLineAfter(state.helpLine, key) }, []];
  if (key.name === "help") return [{ ...state, helpLine: 0 }, []];
  if (state.isSaving) return [state, []];
  if (state.validation.state === "running")
    return key.name === "escape" ? cancelValidation(state) : [state, []];
  if (key.name === "escape") return state.dropDown.isOpen ? [closeDropDown(state), []] : onEscape(state);
  const staying = { ...state, isLeaving: false };
  if (key.name === "save") return save(staying);
  if (key.name === "reveal") {
    return [{ ...staying, isRevealed: isSecret(state.focus) && !state.isRevealed }, []];
  }
  if (state.focus === "runtime") return onDropDownKey(staying, key);
  if (state.focus === "ok" || state.focus === "cancel") return onButtonKey(staying, key);
  return onFieldKey(staying, key);
}

/** The chosen line of the keys after a key; undefined if it closes them. */
function helpLineAfter(line: number, { name }: Key): number | undefined {
  if (name !== "up" && name !== "down") return undefined;
  return Math.max(0, Math.min(helpKeys.length - 1, line + (name === "up" ? -1 : 1)));
}

function onFieldKey(state: FormState, key: Key): Step {
  switch (key.name) {
    case "up":
      return [moveTo(state, neighbour(state.setup, state.focus, -1)), []];
    case "down":
    case "enter":
      return [moveTo(state, neighbour(state.setup, state.focus, 1)), []];
    case "left":
    case "right":
      return [edit(state, { type: key.name }), []];
    case "space":
      return [edit(state, { type: "insert", text: " " }), []];
    case "edit":
      return [edit(state, key.edit), []];
    default:
      return [state, []];
  }
}

function onButtonKey(state: FormState, { name }: Key): Step {
  const other: Focus = state.focus === "ok" ? "cancel" : "ok";
  switch (name) {
    case "up":
    case "down":
      return [moveTo(state, neighbour(state.setup, state.focus, name === "up" ? -1 : 1)), []];
    case "left":
    case "right":
      return [moveTo(state, other), []];
    case "enter":
    case "space":
      return state.focus === "ok" ? save(state) : leave(state);
    default:
      return [state, []];
  }
}

function onDropDownKey(state: FormState, { name }: Key): Step {
  const { isOpen, highlighted } = state.dropDown;
  const choices = runtimeChoices(state);
  const highlight = (next: number): Step => [{ ...state, dropDown: { isOpen, highlighted: next } }, []];
  switch (name) {
    case "enter":
    case "space": {
      const runtime = choices[highlighted];
      if (!isOpen || runtime === undefined) return [openDropDown(state), []];
      const setup = { ...state.setup, runtime };
      const chosen = { ...closeDropDown(state), setup, isRuntimeChosen: true };
      if (runtime === state.setup.runtime) return [chosen, []];
      return [{ ...chosen, validation: { state: "none" }, saveError: undefined }, []];
    }
    case "right":
      return [isOpen ? state : openDropDown(state), []];
    case "left":
      return [closeDropDown(state), []];
    case "up":
      return isOpen ? highlight(Math.max(0, highlighted - 1)) : [moveTo(state, "url"), []];
    case "down":
      return isOpen ? highlight(Math.min(choices.length - 1, highlighted + 1)) : leaveRunnerSection(state);
    default:
      return [state, []];
  }
}

/** The names in the drop-down; one that the file has and nobody knows stays there. */
export function runtimeChoices({ runtimes, setup }: FormState): readonly string[] {
  const names: readonly string[] = (runtimes ?? []).map(({ name }) => name);
  return names.includes(setup.runtime) ? names : [setup.runtime, ...names];
}

function openDropDown(state: FormState): FormState {
  const highlighted = Math.max(0, runtimeChoices(state).indexOf(state.setup.runtime));
  return { ...state, dropDown: { isOpen: true, highlighted } };
}

function closeDropDown(state: FormState): FormState {
  return { ...state, dropDown: { isOpen: false, highlighted: 0 } };
}

function withRuntimes(state: FormState, runtimes: readonly FoundRuntime[]): FormState {
  const found = { ...state, runtimes };
  const ready = runtimes.find((runtime) => runtime.state === "ready");
  const mayFollow = !state.isRuntimeChosen && ready !== undefined;
  const follow = (setup: Setup) =>
    mayFollow ? { ...setup, runtime: ready.name satisfies RuntimeName } : setup;
  const followed = { ...found, setup: follow(state.setup), untouched: follow(state.untouched) };
  return state.dropDown.isOpen ? openDropDown(followed) : followed;
}

/** Token and server are checked before anything below is reached. */
function leaveRunnerSection(state: FormState): Step {
  const { validation, setup } = state;
  if (validation.state === "passed" && validation.checked === checkedPart(setup)) {
    return [moveTo(state, firstBelowRunner(setup)), []];
  }
  const trimmed = withoutMargins(setup);
  const id = state.lastValidation + 1;
  return [
    { ...state, setup: trimmed, validation: { state: "running", id }, lastValidation: id },
    [{ type: "validate", id, setup: trimmed }],
  ];
}

/** Spaces around a text come from pasting. */
function withoutMargins(setup: Setup): Setup {
  return {
    ...setup,
    token: setup.token.trim(),
    url: setup.url.trim(),
    connections: setup.connections.map((connection) => ({
      ...connection,
      url: connection.url.trim() || defaultGithubUrl,
      token: connection.token.trim(),
    })),
  };
}

function cancelValidation(state: FormState): Step {
  return [{ ...state, validation: { state: "none" } }, [{ type: "cancel-validation" }]];
}

function onValidated(state: FormState, id: number, outcome: ValidationOutcome): Step {
  const { validation } = state;
  // What comes after its check was cancelled is of no interest.
  if (validation.state !== "running" || validation.id !== id) return [state, []];
  if (!outcome.ok) {
    return [{ ...moveTo(state, "runtime"), validation: { state: "failed", failure: outcome } }, []];
  }
  const { connections, removed } = syncConnections(state.setup.connections, outcome.connections);
  const setup = { ...state.setup, connections };
  const passed = {
    state: "passed",
    checked: checkedPart(setup),
    expiresAt: outcome.expiresAt,
    count: connections.length,
    removed,
  } as const;
  return [moveTo({ ...state, setup, validation: passed }, firstBelowRunner(setup)), []];
}

/** What the outcome of a check depends on. */
function checkedPart({ token, url, runtime, caFile, skipSslVerify }: Setup): string {
  return JSON.stringify([token, url, runtime, caFile, skipSslVerify]);
}

function edit(state: FormState, change: TextEdit): FormState {
  const text = textAt(state, state.focus);
  if (text === undefined) return state;
  const input = editText({ text, cursor: state.cursor }, change);
  if (input.text === text) return { ...state, cursor: input.cursor };
  const setup = withText(state.setup, state.focus, input.text);
  const isRunner = connectionField(state.focus) === undefined;
  return {
    ...state,
    cursor: input.cursor,
    saveError: undefined,
    // Another server has a certificate of its own.
    setup: state.focus === "url" && !state.keepsSkipSslVerify ? { ...setup, skipSslVerify: false } : setup,
    validation: isRunner ? { state: "none" } : state.validation,
  };
}

function moveTo(state: FormState, focus: Focus): FormState {
  const moved = { ...closeDropDown(state), focus, cursor: Number.MAX_SAFE_INTEGER };
  return focus === state.focus ? moved : { ...moved, isRevealed: false };
}

function onEscape(state: FormState): Step {
  if (state.isLeaving || !isChanged(state)) return leave(state);
  return [{ ...state, isLeaving: true }, []];
}

function save(state: FormState): Step {
  const setup = withoutMargins(state.setup);
  const saving = { ...closeDropDown(state), setup, isSaving: true, saveError: undefined };
  return [saving, [{ type: "save", setup }]];
}

function leave(state: FormState): Step {
  return [state, [{ type: "cancel-validation" }, { type: "leave", saved: undefined }]];
}
