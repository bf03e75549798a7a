import { AppError } from "@plano/errors";
import type { Environment, GithubConnection, Runner, Task } from "@plano/protocol";
import { listEnvironments, listGithubConnections, listRunners, listTasks } from "./lists.ts";
import type { Api } from "./open-api.ts";

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const shortestBeginning = 4;

/** What users call things by. */
interface Kind<Item> {
  readonly title: string;
  readonly id: (item: Item) => string;
  readonly name: (item: Item) => string | undefined;
  readonly list: (api: Api) => Promise<readonly Item[]>;
}

const runnerKind: Kind<Runner> = {
  title: "runner",
  id: (one) => one.RunnerId,
  name: (one) => one.Name,
  list: listRunners,
};
const environmentKind: Kind<Environment> = {
  title: "environment",
  id: (one) => one.EnvironmentId,
  name: (one) => one.Name,
  list: listEnvironments,
};
const connectionKind: Kind<GithubConnection> = {
  title: "GitHub connection",
  id: (one) => one.ConnectionID,
  name: (one) => one.Name,
  list: listGithubConnections,
};
const taskKind: Kind<Task> = {
  title: "task",
  id: (one) => one.TaskId,
  name: () => undefined,
  list: listTasks,
};

/** The id of a runner that is called by its name, its id, or an id's beginning. Throws an AppError if none fits. */
export function findRunner(api: Api, written: string): Promise<string> {
  return find(api, written, runnerKind);
}

/** The id of an environment; see {@link findRunner}. */
export function findEnvironment(api: Api, written: string): Promise<string> {
  return find(api, written, environmentKind);
}

/** The id of a connection to GitHub; see {@link findRunner}. */
export function findGithubConnection(api: Api, written: string): Promise<string> {
  return find(api, written, connectionKind);
}

/** The id of a task, called by its id or an id's beginning. Titles name no task. */
export function findTask(api: Api, written: string): Promise<string> {
  return find(api, written, taskKind);
}

/** Throws an AppError if a runner has that name already: it would name neither of the two. */
export function requireFreeRunnerName(api: Api, name: string): Promise<void> {
  return requireFreeName(api, name, runnerKind);
}

/** See {@link requireFreeRunnerName}. */
export function requireFreeEnvironmentName(api: Api, name: string): Promise<void> {
  return requireFreeName(api, name, environmentKind);
}

/** See {@link requireFreeRunnerName}. */
export function requireFreeConnectionName(api: Api, name: string): Promise<void> {
  return requireFreeName(api, name, connectionKind);
}

async function requireFreeName<Item>(api: Api, name: string, kind: Kind<Item>): Promise<void> {
  const taken = (await kind.list(api)).find((item) => kind.name(item) === name);
  if (taken === undefined) return;
  throw new AppError(`the name ${name} is taken by another ${kind.title}: ${kind.id(taken)}`, {
    code: "name-taken",
    hint: "Choose another name, or use that one.",
  });
}

async function find<Item>(api: Api, written: string, { title, id, name, list }: Kind<Item>): Promise<string> {
  const text = written.toLowerCase();
  if (uuid.test(text)) return text;
  const items = await list(api);
  const named = items.filter((item) => name(item) === written);
  const begun = text.length < shortestBeginning ? [] : items.filter((item) => id(item).startsWith(text));
  const [found, another] = named.length > 0 ? named : begun;
  if (found === undefined) {
    const isShort = text.length < shortestBeginning && /^[0-9a-f]+$/.test(text);
    const needed = isShort ? `: at least ${shortestBeginning} characters of an id are needed` : "";
    throw new AppError(`there is no ${title} ${written}${needed}`, {
      code: "not-found",
      hint: `plan42 ${title === "GitHub connection" ? "github" : title} list shows what there is.`,
    });
  }
  if (another !== undefined) {
    throw new AppError(`more than one ${title} fits ${written}`, {
      code: "ambiguous",
      hint: [...named, ...begun].slice(0, 5).map(id).join("\n"),
    });
  }
  return id(found);
}
