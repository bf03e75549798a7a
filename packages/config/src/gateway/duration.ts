const unitMilliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const shape = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;

/**
 * A written length of time (`300ms`, `5s`, `1m`, `1h30m`; a bare number is seconds) in whole
 * milliseconds, or undefined if it is none.
 */
export function parseDuration(written: string | number): number | undefined {
  if (typeof written === "number")
    return Number.isInteger(written) && written >= 0 ? written * 1000 : undefined;
  const text = written.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!shape.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (unitMilliseconds[unit ?? ""] ?? 0);
  }
  return Math.round(total);
}
