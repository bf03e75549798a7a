/** When calls may go on, from a refusal's headers; undefined when it was not for a rate limit. */
export function rateLimitedUntil(
  status: number,
  headers: { get(name: string): string | null },
  now: number,
): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = headers.get("retry-after");
  if (retryAfter !== null && /^\d+$/.test(retryAfter)) return now + Number(retryAfter) * 1000;
  const reset = headers.get("x-ratelimit-reset");
  if (headers.get("x-ratelimit-remaining") === "0" && reset !== null && /^\d+$/.test(reset)) {
    return Number(reset) * 1000;
  }
  // GitHub asks for a minute when it names no time.
  return status === 429 ? now + 60_000 : undefined;
}
