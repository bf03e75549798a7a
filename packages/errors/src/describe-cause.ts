const systemReasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EIO: "the device does not answer as it should",
  EISDIR: "it is a directory",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of the path is not a directory",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

/**
 * One short phrase for any thrown value, for use after a colon in a message.
 * System errors become plain words; other errors give their message.
 */
export function describeCause(cause: unknown): string {
  const code = errorCode(cause);
  if (code !== undefined) return systemReasons[code] ?? code;
  return cause instanceof Error ? cause.message : String(cause);
}

function errorCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}
