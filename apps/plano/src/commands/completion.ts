import type { Context } from "../context.ts";

/** A shell that completion scripts are written for. */
export type Shell = "bash" | "zsh" | "fish";

/** A command as completion needs it. */
export interface CommandOutline {
  readonly name: string;
  readonly description: string;
  /** Long spellings, such as `--path`. */
  readonly options: readonly { readonly flag: string; readonly description: string }[];
  readonly takesFile: boolean;
  /** Words that its argument is chosen from. */
  readonly choices: readonly string[];
}

export interface CompletionOptions {
  readonly shell: Shell;
  readonly commands: readonly CommandOutline[];
}

/** Prints a script that a shell loads to complete planoai's commands, options and file names. */
export async function run({ shell, commands }: CompletionOptions, { terminal }: Context): Promise<number> {
  terminal.raw(writers[shell](commands));
  return 0;
}

const writers: Readonly<Record<Shell, (commands: readonly CommandOutline[]) => string>> = {
  bash: (commands) => `_planoai() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version" -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(bashCase).join("\n")}
  esac
}
complete -F _planoai planoai
`,
  zsh: (commands) => `#compdef planoai
_planoai() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${commands.map(({ name, description }) => `      ${quote(`${name}:${description}`)}`).join("\n")}
    )
    _describe command commands
    return
  fi
  case \${words[2]} in
${commands.map(zshCase).join("\n")}
  esac
}
compdef _planoai planoai
`,
  fish: (commands) => `complete -c planoai -f
${commands.flatMap(fishLines).join("\n")}
`,
};

function bashCase({ name, options, takesFile, choices }: CommandOutline): string {
  const words = [...options.map(({ flag }) => flag), ...choices].join(" ");
  const files = takesFile ? ' $(compgen -f -- "$word")' : "";
  return `    ${name}) COMPREPLY=($(compgen -W "${words}" -- "$word")${files}) ;;`;
}

function zshCase({ name, options, takesFile, choices }: CommandOutline): string {
  const parts = options.map(({ flag, description }) =>
    quote(`${flag}[${description.replaceAll(/[[\]]/g, "")}]`),
  );
  // The first word after the command is what it is told to do, where it takes a file as well.
  if (choices.length > 0) parts.push(quote(`${takesFile ? "2" : "*"}:choice:(${choices.join(" ")})`));
  if (takesFile) parts.push("'*:file:_files'");
  return `    ${name}) _arguments ${parts.join(" ")} ;;`;
}

function fishLines({ name, description, options, takesFile, choices }: CommandOutline): string[] {
  const here = `-n '__fish_seen_subcommand_from ${name}'`;
  return [
    `complete -c planoai -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
    ...options.map(
      (option) => `complete -c planoai ${here} -l ${option.flag.slice(2)} -d ${quote(option.description)}`,
    ),
    ...(takesFile ? [`complete -c planoai ${here} -F`] : []),
    ...(choices.length > 0 ? [`complete -c planoai ${here} -a ${quote(choices.join(" "))}`] : []),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
