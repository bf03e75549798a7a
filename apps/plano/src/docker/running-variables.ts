import type { Environment } from "../context.ts";
import { dockerContainerName } from "../environment.ts";
import { findContainer } from "./container.ts";
import { connectEngine } from "./engine.ts";

/** The variables that the container that runs has for its configuration, as its engine knows them; none without one. */
export async function runningVariables(environment: Environment): Promise<Environment> {
  const engine = await connectEngine(environment);
  const found = await findContainer(engine, dockerContainerName(environment));
  return found?.isRunning ? found.variables : {};
}
