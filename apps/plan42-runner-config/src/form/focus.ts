import type { Connection, Setup } from "../setup/setup.ts";
import type { Focus, FormState } from "./state.ts";

/** Everything that can have the focus, from the top to the bottom. */
function focusOrder({ connections }: Setup): readonly Focus[] {
  const fields = connections.flatMap((_, index): Focus[] => [`${index}.url`, `${index}.token`]);
  return ["token", "url", "runtime", ...fields, "ok", "cancel"];
}

/** What comes `step` places after the focus; the ends of the form hold. */
export function neighbour(setup: Setup, focus: Focus, step: 1 | -1): Focus {
  const order = focusOrder(setup);
  return order[order.indexOf(focus) + step] ?? focus;
}

/** What comes below the runner's section: the first connection, or the button. */
export function firstBelowRunner(setup: Setup): Focus {
  return setup.connections.length > 0 ? "0.url" : "ok";
}

/** The field of a connection that has the focus. */
export function connectionField(focus: Focus): { index: number; field: "url" | "token" } | undefined {
  const [, index, field] = /^(\d+)\.(url|token)$/.exec(focus) ?? [];
  return index === undefined ? undefined : { index: Number(index), field: field === "url" ? "url" : "token" };
}

/** Whether the focused field holds a secret. */
export function isSecret(focus: Focus): boolean {
  return focus === "token" || connectionField(focus)?.field === "token";
}

/** The text of a field; undefined for what is no text. */
export function textAt({ setup }: FormState, focus: Focus): string | undefined {
  if (focus === "token" || focus === "url") return setup[focus];
  const place = connectionField(focus);
  return place && setup.connections[place.index]?.[place.field];
}

/** The setup with another text in a field. */
export function withText(setup: Setup, focus: Focus, text: string): Setup {
  if (focus === "token" || focus === "url") return { ...setup, [focus]: text };
  const place = connectionField(focus);
  if (place === undefined) return setup;
  const change = (connection: Connection, index: number) =>
    index === place.index ? { ...connection, [place.field]: text } : connection;
  return { ...setup, connections: setup.connections.map(change) };
}
