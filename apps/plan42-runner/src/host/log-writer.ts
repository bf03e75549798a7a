import { createRedaction } from "@plano/runtime";

/** Writes log lines with the runner's secrets removed. `secrets` is asked again when they have changed. */
export function createLogWriter(
  write: (line: string) => void,
  secrets: () => readonly string[],
): { write(line: string): void } {
  let known: readonly string[] = [];
  let redaction = createRedaction(known);
  return {
    write: (line) => {
      const current = secrets();
      if (current.length !== known.length || current.some((secret, index) => secret !== known[index])) {
        known = current;
        redaction = createRedaction(known);
      }
      write(redaction.text(line));
    },
  };
}
