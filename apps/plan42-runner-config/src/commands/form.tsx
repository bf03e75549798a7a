import { dirname } from "node:path";
import { UsageError } from "@plano/errors";
import { colours, createScreenStore, noColours, show } from "@plano/screen";
import { type Context, hasTerminal } from "../context.ts";
import { wantsColour } from "../environment.ts";
import { exitCodes } from "../exit-codes.ts";
import { update } from "../form/model.ts";
import { type Effect, openForm } from "../form/state.ts";
import type { ConfigFlags } from "../program.ts";
import { App } from "../screens/App.tsx";
import { withAbsolutePaths } from "../setup/absolute-paths.ts";
import { setupOf } from "../setup/setup.ts";
import { readFlagSettings } from "./flag-settings.ts";
import { type OpenedFile, openFile } from "./open-setup.ts";
import { createPerformer } from "./perform-effects.ts";
import { platformRuntime } from "./platform-runtime.ts";
import { tellSaved } from "./tell-saved.ts";

/** Shows the form until it is saved or left. Throws an `AppError` if there is no terminal to show it on. */
export async function run(flags: ConfigFlags, context: Context): Promise<number> {
  const { screen, environment, platform, now } = context;
  if (!hasTerminal(context)) {
    throw new UsageError("there is no terminal to show the form on", {
      hint: "Scripts use --set, --validate and --print: plan42-runner-config --help",
    });
  }
  const { caFile, skipSslVerify } = await readFlagSettings(flags);
  const file = openFile(flags, context);
  const written = setupOf(file.written, platformRuntime(platform));
  const setup = withAbsolutePaths(written, environment, dirname(file.path));
  const performer = createPerformer({
    file,
    context,
    suspendScreen: () => shown.suspend(),
  });
  const store = createScreenStore(
    openForm({
      file: {
        path: file.shownPath,
        exists: file.text !== undefined,
        written: file.written,
        notices: noticesOf(file),
      },
      setup: {
        ...setup,
        ...(caFile !== undefined && { caFile }),
        ...(skipSslVerify && { skipSslVerify }),
      },
      keepsSkipSslVerify: skipSslVerify === true,
    }),
    update,
    (effect: Effect) => performer.perform(effect, store.dispatch),
  );
  const theme = wantsColour(environment) ? colours : noColours;
  const shown = show(<App store={store} theme={theme} now={now} />, screen);
  performer.start(store.dispatch);
  const saved = await performer.left;
  await shown.close();
  performer.stop();
  if (saved !== undefined) await tellSaved(saved, file, context);
  return exitCodes.success;
}

/** What the user should know of the file before it is changed. */
function noticesOf({ shownPath, fault, isOpen }: OpenedFile): readonly string[] {
  return [
    ...(fault === undefined
      ? []
      : [`! ${shownPath} is no TOML: ${fault}. When you save, it is kept beside the new one.`]),
    ...(isOpen ? [`! Others on this machine can read ${shownPath}. Saving closes it to them.`] : []),
  ];
}
