import type { WrittenConfig } from "@plano/runner-home";
import type { SavedConfig } from "@plano/runner-home/edit";
import type { CheckFailure } from "../checks/check-setup.ts";
import type { FoundRuntime } from "../checks/find-runtimes.ts";
import type { Setup } from "../setup/setup.ts";
import type { ServerConnection } from "../setup/sync-connections.ts";
import type { TextEdit } from "./text-input.ts";

/** What has the focus. A connection's fields are named by its place in the list. */
export type Focus = "token" | "url" | "runtime" | `${number}.url` | `${number}.token` | "ok" | "cancel";

/** How far the check of token and server has got. */
type Validation =
  | { readonly state: "none" }
  | { readonly state: "running"; readonly id: number }
  | { readonly state: "failed"; readonly failure: CheckFailure }
  | {
      readonly state: "passed";
      /** What was checked: another token or address has to be checked again. */
      readonly checked: string;
      readonly expiresAt: Date | undefined;
      readonly count: number;
      /** Names of connections that the server does not know any more. */
      readonly removed: readonly string[];
    };

/** Everything that the form knows. The screen is made of this and the window's size alone. */
export interface FormState {
  readonly file: FileFacts;
  readonly setup: Setup;
  /** As it was before anybody changed it. */
  readonly untouched: Setup;
  readonly focus: Focus;
  /** In the focused field, counted in graphemes. */
  readonly cursor: number;
  /** Whether the focused secret is shown. */
  readonly isRevealed: boolean;
  readonly dropDown: { readonly isOpen: boolean; readonly highlighted: number };
  /** Undefined while they are looked for. */
  readonly runtimes: readonly FoundRuntime[] | undefined;
  /** Whether the runtime is the file's or was chosen; that of a new file may follow what is installed. */
  readonly isRuntimeChosen: boolean;
  /** A flag that outlives changes of the server's address. */
  readonly keepsSkipSslVerify: boolean;
  readonly validation: Validation;
  /** The number of the check that was started last. */
  readonly lastValidation: number;
  readonly isSaving: boolean;
  /** Why the last save has failed. */
  readonly saveError: string | undefined;
  /** The chosen line of the keys; undefined while they are not shown. */
  readonly helpLine: number | undefined;
  /** Esc was pressed once although something is not saved. */
  readonly isLeaving: boolean;
}

/** What is known of the file when the form opens. */
interface FileFacts {
  /** As it is shown. */
  readonly path: string;
  readonly exists: boolean;
  readonly written: WrittenConfig;
  /** What the user should know about it, a line each. */
  readonly notices: readonly string[];
}

/** A key, as far as the form knows keys. */
export type Key =
  | { readonly name: "up" | "down" | "left" | "right" | "enter" | "space" | "escape" }
  | { readonly name: "save" | "quit" | "suspend" | "reveal" | "help" }
  | { readonly name: "edit"; readonly edit: TextEdit };

/** Something that has happened. */
export type Action =
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "runtimes-found"; readonly runtimes: readonly FoundRuntime[] }
  | { readonly type: "validated"; readonly id: number; readonly outcome: ValidationOutcome }
  | { readonly type: "saved"; readonly saved: SavedConfig }
  | {
      readonly type: "not-saved";
      readonly message: string;
      /** What it is about. */
      readonly field?: Focus | undefined;
    };

export type ValidationOutcome =
  | {
      readonly ok: true;
      readonly connections: readonly ServerConnection[];
      readonly expiresAt: Date | undefined;
    }
  | CheckFailure;

/** Something that is to be done outside. */
export type Effect =
  | { readonly type: "validate"; readonly id: number; readonly setup: Setup }
  | { readonly type: "cancel-validation" }
  | { readonly type: "save"; readonly setup: Setup }
  | { readonly type: "leave"; readonly saved: SavedConfig | undefined }
  | { readonly type: "suspend" };

export interface FormOptions {
  readonly file: FileFacts;
  readonly setup: Setup;
  readonly keepsSkipSslVerify: boolean;
}

/** The form as it opens. */
export function openForm({ file, setup, keepsSkipSslVerify }: FormOptions): FormState {
  return {
    file,
    setup,
    untouched: setup,
    focus: "token",
    cursor: Number.MAX_SAFE_INTEGER,
    isRevealed: false,
    dropDown: { isOpen: false, highlighted: 0 },
    runtimes: undefined,
    // A file that names none has the platform's.
    isRuntimeChosen: Object.keys(file.written.runner).length > 0,
    keepsSkipSslVerify,
    validation: { state: "none" },
    lastValidation: 0,
    isSaving: false,
    saveError: undefined,
    helpLine: undefined,
    isLeaving: false,
  };
}
