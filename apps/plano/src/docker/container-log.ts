import { type DockerEngine, demultiplex } from "@plano/docker-engine";
import { asking } from "./engine.ts";

/** The last lines of a container's log; with `signal`, then all that is added until it is aborted or it ends. */
export async function* containerLog(
  engine: DockerEngine,
  id: string,
  { lines, signal }: { readonly lines: number; readonly signal?: AbortSignal },
): AsyncGenerator<string> {
  const container = engine.getContainer(id);
  const common = { stdout: true, stderr: true, tail: lines };
  const decoder = new TextDecoder();
  if (signal === undefined) {
    const whole = await asking(container.logs({ ...common, follow: false }));
    const pieces = demultiplex(
      (async function* () {
        yield whole;
      })(),
    );
    for await (const bytes of pieces) yield decoder.decode(bytes, { stream: true });
    return;
  }
  const frames = await asking(container.logs({ ...common, follow: true, abortSignal: signal }));
  try {
    for await (const bytes of demultiplex(frames as AsyncIterable<Uint8Array>)) {
      yield decoder.decode(bytes, { stream: true });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
