/** How the gateway runs that is tested: PLANO_E2E_MODE, `embedded` without one. */
export type Mode = "embedded" | "native" | "docker" | "docker-native";

const modes: readonly Mode[] = ["embedded", "native", "docker", "docker-native"];
const asked = process.env.PLANO_E2E_MODE ?? "embedded";

export const mode: Mode = modes.find((known) => known === asked) ?? unknownMode();

/** Whether the gateway runs in a container. */
export const isInContainer = mode === "docker" || mode === "docker-native";

/** Whether Envoy is in front. */
export const isBehindEnvoy = mode === "native" || mode === "docker-native";

/** The options of `up` that mean the mode that is tested. */
const modeOptions: readonly string[] = mode === "embedded" ? [] : mode.split("-").map((word) => `--${word}`);

/** The words of a planoai command with what makes `up` and `down` mean the mode that is tested. */
export function inMode(words: readonly string[]): readonly string[] {
  const takesMode = words[0] === "up" || words[0] === "down";
  return takesMode ? [...words, ...modeOptions] : words;
}

/** Where stand-ins listen: a container does not reach this machine's loopback. */
export const standInAddress = isInContainer ? "0.0.0.0" : "127.0.0.1";

/** The name by which the gateway reaches a server of this machine that only a request names. */
export const machineName = isInContainer ? "host.docker.internal" : "127.0.0.1";

function unknownMode(): never {
  throw new Error(`PLANO_E2E_MODE must be one of ${modes.join(", ")}: ${asked}`);
}
