/**
 * Which of `count` lines are seen in `height`: those around the ones that matter. `places` are indices, in order;
 * the first of them is seen in any case.
 */
export function visibleRange(
  count: number,
  height: number,
  places: readonly number[],
): { readonly start: number; readonly end: number } {
  const first = places[0] ?? 0;
  const last = places.at(-1) ?? first;
  const spare = Math.max(0, height - (last - first + 1));
  const wanted = Math.min(first - Math.floor(spare / 2), first);
  const start = Math.max(0, Math.min(wanted, count - height));
  return { start, end: Math.min(count, start + Math.max(1, height)) };
}

/** How many lines are out of sight, such as `↑ 3 more  ↓ 2 more`; empty if none is. */
export function moreText(above: number, below: number): string {
  return [above > 0 ? `↑ ${above} more` : "", below > 0 ? `↓ ${below} more` : ""]
    .filter((part) => part !== "")
    .join("  ");
}
