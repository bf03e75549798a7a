// Manual pages in roff, out of what the programs say of themselves.

/** @typedef {{ title: string, lines: string[] }} Note */
/**
 * @typedef {{
 *   usage: string, description: string, notes: Note[], options: [string, string][], arguments: [string, string][],
 *   commands: Outline[],
 * }} Outline
 */

/** Text that roff takes as it is. @param {string} text */
function escaped(text) {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^([.'])/gm, "\\&$1");
}

/** @param {string} title @param {[string, string][]} entries */
function definitions(title, entries) {
  if (entries.length === 0) return [];
  const items = entries.flatMap(([term, text]) => [".TP", `.B ${escaped(term)}`, escaped(text)]);
  return [`.PP`, `${title}:`, ...items];
}

/** Lines as they are. @param {readonly string[]} lines */
function verbatim(lines) {
  return [".nf", ...lines.map(escaped), ".fi"];
}

/** @param {Outline} command @returns {string[]} */
function sections(command) {
  const own = [
    `.SS "${escaped(command.usage)}"`,
    escaped(command.description),
    ...definitions("Arguments", command.arguments),
    ...definitions(
      "Options",
      command.options.filter(([term]) => !term.startsWith("-h,")),
    ),
    ...command.notes.flatMap(({ title, lines }) => [".PP", `${escaped(title)}:`, ...verbatim(lines)]),
  ];
  return [...(command.commands.length === 0 ? own : []), ...command.commands.flatMap(sections)];
}

/** @param {string} name @param {string} version */
function heading(name, version) {
  return `.TH ${escaped(name.toUpperCase())} 1 "" "plan42 ${version}" "User Commands"`;
}

/** The page of a program with commands. @param {string} name @param {string} version @param {Outline} outline */
export function manualOf(name, version, outline) {
  const [first = ""] = outline.description.split("\n");
  return [
    heading(name, version),
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(first.replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    `.B ${escaped(outline.usage)}`,
    ".SH COMMANDS",
    ...outline.commands.flatMap(sections),
    ...outline.notes.flatMap(({ title, lines }) => [
      `.SH "${escaped(title.toUpperCase())}"`,
      ...verbatim(lines),
    ]),
    ".SH SEE ALSO",
    ".BR plan42 (1),",
    ".BR plan42\\-runner (1),",
    ".BR plan42\\-runner\\-config (1)",
    "",
  ].join("\n");
}

/** The page of a program that does one thing. @param {string} name @param {string} version @param {string} help */
export function manualOfHelp(name, version, help) {
  const [usage = "", ...rest] = help.trim().split("\n");
  const text = rest.join("\n").trim();
  const [summary = name] = text.split(/\.\s/);
  return [
    heading(name, version),
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(summary.replaceAll("\n", " "))}`,
    ".SH SYNOPSIS",
    `.B ${escaped(usage.replace(/^Usage: /, ""))}`,
    ".SH DESCRIPTION",
    ".nf",
    escaped(text),
    ".fi",
    ".SH SEE ALSO",
    ".BR plan42 (1)",
    "",
  ].join("\n");
}
