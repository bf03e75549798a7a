/** Whether a URL leads back to whoever calls it, so that no container reaches another's server by it. */
export function isLoopbackUrl(url: string): boolean {
  const { hostname } = new URL(url);
  return /^127(\.\d+){3}$|^\[::1\]$|(^|\.)localhost$/.test(hostname);
}
