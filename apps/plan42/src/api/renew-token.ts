/** The commands that give a runner that is configured already another token. */
export const renewToken = "plan42 runner token NAME | plan42 runner config --set runner.token=-";
