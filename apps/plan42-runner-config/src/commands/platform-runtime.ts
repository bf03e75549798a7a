/** The runtime of a configuration that names none, as the runner has it. */
export function platformRuntime(platform: string): string {
  return platform === "darwin" ? "apple" : "docker";
}
