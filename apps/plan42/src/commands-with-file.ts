/** Words for the user in which commands that read the runner's configuration name its file, if it is not the usual one. */
export function commandsWithFile(text: string, path: string | undefined): string {
  if (path === undefined) return text;
  const word = /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  return text.replace(
    /\bplan42 (?:runner (?:config|exec|enable)|doctor)\b/g,
    (command) => `${command} --config-file ${word}`,
  );
}
