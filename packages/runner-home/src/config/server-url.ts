/** Whether a text is the whole address of a server, and nothing else: not two of them run together, either. */
export function isServerUrl(written: string): boolean {
  // An authority ends before a path, and a colon in it has a port.
  return /^https?:\/\/[^\s/?#]*[^\s/?#:](?:[/?#]\S*)?$/i.test(written) && URL.canParse(written);
}

/** What is to be known of an address that tokens are sent to; undefined if they are safe on the way there. */
export function urlWarning(url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol !== "http:" || isNearby(hostname)) return undefined;
  return "the connection is not encrypted, and the token is readable on the way";
}

function isNearby(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host) || host.endsWith(".localhost");
}
