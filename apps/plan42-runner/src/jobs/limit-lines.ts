/** Passes lines on until there are too many bytes of them; then a notice takes the place of the rest. */
export function limitLines(limitBytes: number, add: (line: string) => void): (line: string) => void {
  let size = 0;
  let isFull = false;
  return (line) => {
    if (isFull) return;
    size += Buffer.byteLength(line) + 1;
    isFull = size > limitBytes;
    add(
      isFull
        ? `[plan42-runner] log truncated: a turn gets no more than ${limitBytes} bytes; the whole is on the runner's machine`
        : line,
    );
  };
}
