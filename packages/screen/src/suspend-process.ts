/**
 * Stops this process as Ctrl-Z does, and resolves when it goes on. With it stops the whole job of the shell, since
 * a launcher may wait for this process.
 */
export function suspendProcess(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Nothing else keeps the process while its input is the shell's.
  const waiting = setInterval(() => {}, 60_000);
  process.once("SIGCONT", () => {
    clearInterval(waiting);
    resolve();
  });
  process.kill(0, "SIGTSTP");
  return promise;
}
