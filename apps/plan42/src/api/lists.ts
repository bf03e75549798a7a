import { listItems } from "@plano/client";
import type { Environment, GithubConnection, Runner, Task } from "@plano/protocol";
import { collectAll } from "../collect-all.ts";
import type { Api } from "./open-api.ts";

/** The most that one page may hold. */
const pageSize = 500;

const whole = ({ tenantId }: Api) => ({ path: { tenantId }, query: { maxResults: pageSize } });

/** All runners of the tenant. */
export function listRunners(api: Api): Promise<Runner[]> {
  return collectAll(listItems(api.client, "listRunners", whole(api)));
}

/** All environments of the tenant. */
export function listEnvironments(api: Api): Promise<Environment[]> {
  return collectAll(listItems(api.client, "listEnvironments", whole(api)));
}

/** All connections to GitHub of the tenant. */
export function listGithubConnections(api: Api): Promise<GithubConnection[]> {
  return collectAll(listItems(api.client, "listGithubConnections", whole(api)));
}

/** All tasks of the tenant, newest first. */
export function listTasks(api: Api): Promise<Task[]> {
  return collectAll(listItems(api.client, "listTasks", whole(api)));
}
