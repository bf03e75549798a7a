import type { Context } from "../context.ts";
import { dockerContainerName, homeFolder } from "../environment.ts";
import { takeLock } from "../gateway/lock.ts";
import { createRunFolders, runFiles } from "../gateway/run-files.ts";
import { endContainer, findContainer } from "./container.ts";
import { connectEngine } from "./engine.ts";
import { dockerFiles } from "./places.ts";
import { removeRecord } from "./record.ts";

/** Stops and removes the container. That there is none is no error. */
export async function run({ terminal, environment }: Context): Promise<number> {
  const name = dockerContainerName(environment);
  const files = runFiles(homeFolder(environment));
  const docker = dockerFiles(files, name);
  const engine = await connectEngine(environment);
  createRunFolders(files);
  const unlock = takeLock(docker);
  try {
    const found = await findContainer(engine, name);
    if (found === undefined) {
      removeRecord(docker);
      terminal.line(terminal.style.dim("No container is running"));
      return 0;
    }
    const progress = terminal.progress("Stopping the container; its streams may finish");
    try {
      await endContainer(engine, found.id);
    } finally {
      progress.stop();
    }
    removeRecord(docker);
    terminal.success(`Plano has stopped (container ${found.name})`);
    return 0;
  } finally {
    unlock();
  }
}
