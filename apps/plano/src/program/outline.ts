import type { Command } from "commander";
import type { CommandOutline } from "../commands/completion.ts";

/** The commands below one that its help names. */
function shownBelow(command: Command): readonly Command[] {
  const visible = new Set(command.createHelp().visibleCommands(command));
  return command.commands.filter((child) => visible.has(child));
}

/** What completion scripts are made of: every command with its options and choices. */
export function outline(root: Command): CommandOutline[] {
  return shownBelow(root).map((command) => ({
    name: command.name(),
    description: command.summary(),
    options: optionsOf(command),
    takesFile: [command, ...command.commands].some(({ registeredArguments }) =>
      registeredArguments.some((argument) => argument.name() === "file"),
    ),
    choices: [
      ...shownBelow(command).map((child) => child.name()),
      ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    ],
  }));
}

/** The options of a command and of those below it, each once. */
function optionsOf(command: Command): CommandOutline["options"] {
  const shown = [command, ...command.commands]
    .flatMap(({ options }) => options)
    .filter((option) => !option.hidden && option.long)
    .map((option) => ({ flag: option.long ?? "", description: option.description }));
  return shown.filter(({ flag }, index) => shown.findIndex((other) => other.flag === flag) === index);
}
