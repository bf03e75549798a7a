import type { Context } from "../context.ts";

/** A shell that completion scripts are written for. */
export type Shell = "bash" | "zsh" | "fish";

/** A command as completion needs it. */
export interface CommandOutline {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandOutline[];
  /** Long spellings, such as `--json`. */
  readonly options: readonly { readonly flag: string; readonly description: string }[];
  /** Words that its argument is chosen from. */
  readonly choices: readonly string[];
}

export interface CompletionOptions {
  readonly shell: Shell;
  readonly root: CommandOutline;
}

/** A command with the words that lead to it, such as `runner job`. */
interface Place extends CommandOutline {
  readonly words: string;
}

/** Prints a script that a shell loads to complete plan42's commands and options. */
export async function run({ shell, root }: CompletionOptions, { terminal }: Context): Promise<number> {
  terminal.raw(writers[shell](placesOf(root)));
  return 0;
}

function placesOf(root: CommandOutline): readonly Place[] {
  const below = (command: CommandOutline, words: string): Place[] => [
    { ...command, words },
    ...command.commands.flatMap((one) => below(one, words === "" ? one.name : `${words} ${one.name}`)),
  ];
  return below(root, "");
}

/** The words that name a command, out of a command line that may have options and arguments in between. */
const findPlace = (words: string, places: readonly Place[]) => `  local place= word
  for word in ${words}; do
    case "\${place:+$place }$word" in
${places
  .slice(1)
  .map((place) => `      "${place.words}") place="${place.words}" ;;`)
  .join("\n")}
    esac
  done`;

const writers: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: (places) => `_plan42() {
${findPlace(`"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`, places)}
  local candidates=
  case "$place" in
${places.map((place) => `    "${place.words}") candidates="${candidates(place).join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _plan42 plan42
`,
  zsh: (places) => `#compdef plan42
_plan42() {
${findPlace(`"\${(@)words[2,CURRENT-1]}"`, places)}
  local -a commands options
  case "$place" in
${places
  .map(
    (place) => `    "${place.words}")
      commands=(${place.commands.map((one) => quote(`${one.name}:${one.summary}`)).join(" ")} ${place.choices.join(" ")})
      options=(${place.options.map((one) => quote(`${one.flag}:${one.description}`)).join(" ")}) ;;`,
  )
  .join("\n")}
  esac
  _describe command commands
  _describe option options
  _default
}
compdef _plan42 plan42
`,
  fish: (places) => `function __plan42_place
  set -l place
  for word in (commandline -opc)[2..-1]
    switch (string join ' ' $place $word)
${places
  .slice(1)
  .map((place) => `      case ${quote(place.words)}\n        set place ${place.words}`)
  .join("\n")}
    end
  end
  string join ' ' $place
end
${places.flatMap(fishLines).join("\n")}
`,
};

function candidates({ commands, options, choices }: Place): string[] {
  return [...commands.map(({ name }) => name), ...choices, ...options.map(({ flag }) => flag)];
}

function fishLines({ words, commands, options, choices }: Place): string[] {
  const here = `complete -c plan42 -n 'test (__plan42_place) = "${words}"'`;
  return [
    ...commands.map(({ name, summary }) => `${here} -f -a ${name} -d ${quote(summary)}`),
    ...choices.map((choice) => `${here} -f -a ${choice}`),
    ...options.map(({ flag, description }) => `${here} -l ${flag.slice(2)} -d ${quote(description)}`),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
