import { describeCause } from "@plano/errors";
import { createControlClient, jobLogFile } from "@plano/runner-home";
import { colours, createScreenStore, noColours, show } from "@plano/screen";
import { pauseFor } from "@plano/waiting";
import { untilInterrupted } from "../api/until-interrupted.ts";
import type { Context } from "../context.ts";
import { wantsColour } from "../environment.ts";
import { followFile } from "../jobs/log-file.ts";
import { foldersOf } from "../jobs/runner-setup.ts";
import { update } from "./model.ts";
import type { TopSample } from "./sample.ts";
import type { Sampler } from "./sampler.ts";
import { TopApp } from "./screens/TopApp.tsx";
import { type Effect, openTop } from "./state.ts";

export interface ShowScreenOptions {
  readonly first: TopSample;
  readonly sampler: Sampler;
  /** Between two looks. */
  readonly milliseconds: number;
  readonly context: Context;
}

/** How much of a log is read when it is opened. */
const firstLines = 200;

/** Shows the runner until the user leaves. */
export async function showScreen({
  first,
  sampler,
  milliseconds,
  context,
}: ShowScreenOptions): Promise<void> {
  const { screen, environment, platform } = context;
  const folders = foldersOf(context);
  const left = new AbortController();
  let following: AbortController | undefined;
  const fail = (error: unknown) => store.dispatch({ type: "failed", message: describeCause(error) });

  const follow = (jobId: string) => {
    const leave = new AbortController();
    following = leave;
    followFile(jobLogFile(folders, jobId, platform), {
      lines: firstLines,
      onText: (text) => store.dispatch({ type: "log-text", jobId, text }),
      signal: AbortSignal.any([left.signal, leave.signal]),
    }).catch((error: unknown) => {
      if (!leave.signal.aborted && !left.signal.aborted) fail(error);
    });
  };
  const kill = async (jobId: string) => {
    const answer = await createControlClient(folders.controlSocket).kill(jobId);
    if (answer === undefined) store.dispatch({ type: "failed", message: "the runner is not running" });
    else store.dispatch({ type: "killed", jobId, isThere: answer.result === "killed" });
  };
  const perform = (effect: Effect) => {
    switch (effect.type) {
      case "quit":
        return left.abort();
      case "suspend":
        shown.suspend().catch(fail);
        return;
      case "follow-log":
        return follow(effect.jobId);
      case "leave-log":
        return following?.abort();
      case "kill":
        kill(effect.jobId).catch(fail);
    }
  };
  const store = createScreenStore(openTop(first), update, perform);

  const theme = wantsColour(environment) ? colours : noColours;
  const shown = show(<TopApp store={store} theme={theme} />, screen);
  try {
    await untilInterrupted(context, async (signal) => {
      const either = AbortSignal.any([signal, left.signal]);
      let begun = performance.now();
      while (!either.aborted) {
        await pauseFor(Math.max(0, begun + milliseconds - performance.now()), either);
        if (either.aborted) return;
        begun = performance.now();
        await sampler.take().then((sample) => store.dispatch({ type: "sampled", sample }), fail);
      }
    });
  } finally {
    left.abort();
    await shown.close();
  }
}
