// The form is seen before what it asks for is loaded.

import { AppError, describeCause } from "@plano/errors";
import { proxyUrl } from "@plano/protocol/proxy-url";
import type { SavedConfig } from "@plano/runner-home/edit";
import type { CheckFailure } from "../checks/check-setup.ts";
import type { Context } from "../context.ts";
import type { Action, Effect } from "../form/state.ts";
import { withAbsolutePaths } from "../setup/absolute-paths.ts";
import { editsOf } from "../setup/edits-of.ts";
import { type Setup, setupOf } from "../setup/setup.ts";
import type { OpenedFile } from "./open-setup.ts";
import { platformRuntime } from "./platform-runtime.ts";

type Dispatch = (action: Action) => void;

export interface PerformerOptions {
  readonly file: OpenedFile;
  readonly context: Context;
  /** Gives the terminal to the shell until it gives it back. */
  readonly suspendScreen: () => Promise<void>;
}

/** Does what the form asks for, and tells it what came of it. */
export interface Performer {
  /** Looks for the runtimes. */
  start(dispatch: Dispatch): void;
  perform(effect: Effect, dispatch: Dispatch): void;
  /** Resolves when the form is left: with what was saved, if it was. */
  readonly left: Promise<SavedConfig | undefined>;
  /** Ends what still goes on. */
  stop(): void;
}

export function createPerformer({ file, context, suspendScreen }: PerformerOptions): Performer {
  const left = Promise.withResolvers<SavedConfig | undefined>();
  let validation = new AbortController();

  /** What is to be said of a runtime that no runner of this machine starts with. */
  const runtimeFailure = async (runtime: string): Promise<CheckFailure | undefined> => {
    const { runtimeRefusal } = await import("../checks/runtime-refusal.ts");
    const refusal = runtimeRefusal(runtime, file.written, context.platform);
    return refusal && { ok: false, message: refusal.message, hint: refusal.hint, field: "runtime" };
  };
  /** The same, unless the file had that fault before: it may be mended step by step. */
  const newRuntimeFailure = async ({ runtime }: Setup): Promise<CheckFailure | undefined> => {
    const before = await runtimeFailure(setupOf(file.written, platformRuntime(context.platform)).runtime);
    return before === undefined ? runtimeFailure(runtime) : undefined;
  };
  const validate = async (id: number, setup: Setup, dispatch: Dispatch) => {
    validation.abort();
    validation = new AbortController();
    const { signal } = validation;
    const proxy = file.written.runner.http_proxy;
    const httpProxy = typeof proxy === "string" ? proxyUrl(proxy) : undefined;
    try {
      const { validateSetup } = await import("./validate-setup.ts");
      const outcome =
        (await runtimeFailure(setup.runtime)) ?? (await validateSetup({ setup, httpProxy, signal }, context));
      dispatch({ type: "validated", id, outcome });
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      dispatch({ type: "validated", id, outcome: { ok: false, message } });
    }
  };
  const save = async (setup: Setup, dispatch: Dispatch) => {
    try {
      const { checkWritten } = await import("../checks/check-setup.ts");
      const failure = checkWritten(setup) ?? (await newRuntimeFailure(setup));
      if (failure !== undefined) {
        dispatch({ type: "not-saved", message: wholeMessage(failure), field: failure.field });
        return;
      }
      const { saveConfig } = await import("@plano/runner-home/edit");
      const edits = editsOf(file.written, withAbsolutePaths(setup, context.environment));
      dispatch({ type: "saved", saved: await saveConfig({ path: file.path, edits, now: context.now() }) });
    } catch (error) {
      const message = error instanceof AppError ? wholeMessage(error) : describeCause(error);
      dispatch({ type: "not-saved", message });
    }
  };

  return {
    left: left.promise,
    stop: () => validation.abort(),
    start: (dispatch) => {
      void import("../checks/find-runtimes.ts")
        .then(({ findRuntimes }) => findRuntimes(context))
        .then((runtimes) => dispatch({ type: "runtimes-found", runtimes }));
    },
    perform: (effect, dispatch) => {
      switch (effect.type) {
        case "validate":
          void validate(effect.id, effect.setup, dispatch);
          break;
        case "cancel-validation":
          validation.abort();
          break;
        case "save":
          void save(effect.setup, dispatch);
          break;
        case "leave":
          left.resolve(effect.saved);
          break;
        case "suspend":
          void suspendScreen();
          break;
      }
    },
  };
}

/** What went wrong, and what helps. */
function wholeMessage({
  message,
  hint,
}: Pick<AppError, "message"> & { readonly hint?: string | undefined }): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}
