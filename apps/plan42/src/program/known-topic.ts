import type { Command } from "commander";

/** The words, where `help` asks for a command that is not there, as if they called it: that is told with the nearest. */
export function withKnownTopic(root: Command, words: readonly string[]): readonly string[] {
  let command = root;
  for (const [index, word] of words.entries()) {
    if (command.commands.length === 0) return words;
    if (word === "help") return isTopic(command, words[index + 1]) ? words : words.toSpliced(index, 1);
    const next = find(command, word);
    if (next === undefined) return words;
    command = next;
  }
  return words;
}

/** Whether a word after `help` is a command, or none at all. */
function isTopic(command: Command, word: string | undefined): boolean {
  return word === undefined || word === "help" || word.startsWith("-") || find(command, word) !== undefined;
}

function find(command: Command, name: string): Command | undefined {
  return command.commands.find((one) => one.name() === name || one.aliases().includes(name));
}
