import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { type SiblingName, siblingCommand } from "../siblings.ts";

/** A shell that completion scripts are written for. */
export type Shell = "bash" | "zsh" | "fish";

/** A command as completion needs it. */
export interface CommandOutline {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandOutline[];
  readonly options: readonly OptionOutline[];
  /** Words that its argument is chosen from. */
  readonly choices: readonly string[];
}

interface OptionOutline {
  /** The long spelling, such as `--json`. */
  readonly flag: string;
  /** Such as `-c`. */
  readonly short?: string | undefined;
  readonly description: string;
  /** Whether a word follows it; most are files. */
  readonly takesValue: boolean;
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
export async function run({ shell, root }: CompletionOptions, context: Context): Promise<number> {
  const places = await Promise.all(placesOf(root).map((place) => withSiblingOptions(place, context)));
  context.terminal.raw(writers[shell](places));
  return 0;
}

/** Commands that become another program. */
const siblings: Readonly<Record<string, SiblingName>> = {
  "runner exec": "plan42-runner",
  "runner config": "plan42-runner-config",
  "server start": "plan42-server",
};

/** A place with the options of the program that it becomes, which that tells itself; without them if it is not there. */
async function withSiblingOptions(place: Place, context: Context): Promise<Place> {
  const name = siblings[place.words];
  if (name === undefined) return place;
  try {
    const [program, ...words] = siblingCommand(name, context);
    const { stdout } = await context.execute(program, [...words, "--help"]);
    return { ...place, options: [...place.options, ...optionsInHelp(stdout)] };
  } catch (error) {
    if (error instanceof AppError) return place;
    throw error;
  }
}

/** The options that a help lists. */
export function optionsInHelp(help: string): readonly OptionOutline[] {
  const lines = help.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)( [<[]\S+)?(?: {2,}(.*))?$/gm);
  return [...lines].map(([, short, flag = "", value, description = ""]) => ({
    ...{ flag, short, takesValue: value !== undefined },
    // Help breaks its lines; what a default is, is on the next one.
    description: description.replace(/ \(default:$/, ""),
  }));
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

/** Both spellings of the options that a file may follow. */
function valueFlags({ options }: Place): readonly string[] {
  return options.flatMap(({ flag, short, takesValue }) =>
    takesValue ? [flag, ...(short === undefined ? [] : [short])] : [],
  );
}

const writers: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: (places) => `_plan42() {
${findPlace(`"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`, places)}
  local candidates= values= typed="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  case "$place" in
${places
  .map(
    (place) =>
      `    "${place.words}") candidates="${candidates(place).join(" ")}" values="${valueFlags(place).join(" ")}" ;;`,
  )
  .join("\n")}
  esac
  # What follows such an option is no option: files are offered.
  if [[ "$typed" != -* && " $values " == *" \${COMP_WORDS[COMP_CWORD-1]} "* ]]; then return; fi
  COMPREPLY=($(compgen -W "$candidates" -- "$typed"))
}
complete -o default -F _plan42 plan42
`,
  zsh: (places) => `#compdef plan42
_plan42() {
${findPlace(`"\${(@)words[2,CURRENT-1]}"`, places)}
  local -a commands options values
  case "$place" in
${places
  .map(
    (place) => `    "${place.words}")
      commands=(${place.commands.map((one) => quote(`${one.name}:${one.summary}`)).join(" ")} ${place.choices.join(" ")})
      options=(${place.options.map((one) => quote(`${one.flag}:${one.description}`)).join(" ")})
      values=(${valueFlags(place).join(" ")}) ;;`,
  )
  .join("\n")}
  esac
  if [[ "$words[CURRENT]" != -* ]] && (( \${values[(Ie)$words[CURRENT-1]]} )); then
    _files
    return
  fi
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
    ...options.map(({ flag, short, description, takesValue }) => {
      const names = `-l ${flag.slice(2)}${short === undefined ? "" : ` -s ${short.slice(1)}`}`;
      return `${here} ${names}${takesValue ? " -r" : ""} -d ${quote(description)}`;
    }),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
