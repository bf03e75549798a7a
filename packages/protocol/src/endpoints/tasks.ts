import { z } from "zod";
import { repositoryInfoMapSchema, repositoryInfoSchema, taskSchema } from "../objects/task.ts";
import { booleanText, wireObject } from "../wire.ts";
import { endpoint, everybody, optionalText, page, pageQuery, users, usersAndAgent } from "./endpoint.ts";

const tasks = "/v1/tenants/{tenantId}/tasks";
const task = `${tasks}/{taskId}` as const;
const includeDeleted = booleanText.optional();
const longestPrompt = 512 * 1024;

export const taskEndpoints = {
  createTask: endpoint({
    method: "PUT",
    path: task,
    summary: "Creates a task with its first turn, which goes to a runner at once.",
    callers: users,
    status: 201,
    body: wireObject({
      Title: z.string().min(1).max(1024),
      EnvironmentId: optionalText(64),
      Prompt: z.string().max(longestPrompt),
      Model: optionalText(256),
      RepoInfo: repositoryInfoMapSchema,
    }),
    result: taskSchema,
  }),
  getTask: endpoint({
    method: "GET",
    path: task,
    summary: "Shows a task.",
    callers: everybody,
    status: 200,
    query: wireObject({ includeDeleted }),
    result: taskSchema,
  }),
  updateTask: endpoint({
    method: "PATCH",
    path: task,
    summary: "Changes a task; `Deleted: false` brings a deleted one back.",
    callers: usersAndAgent,
    status: 200,
    ifMatch: "required",
    body: wireObject({
      Title: z.string().min(1).max(1024).optional(),
      Prompt: optionalText(longestPrompt),
      Model: optionalText(256),
      RepoInfo: z.record(z.string(), repositoryInfoSchema).optional(),
      Deleted: z.literal(false).optional(),
    }),
    result: taskSchema,
  }),
  deleteTask: endpoint({
    method: "DELETE",
    path: task,
    summary: "Deletes a task; it can be brought back. Its turn fails if it runs.",
    callers: users,
    status: 204,
    ifMatch: "required",
  }),
  listTasks: endpoint({
    method: "GET",
    path: tasks,
    summary: "Lists the tenant's tasks, newest first.",
    callers: users,
    status: 200,
    query: wireObject({ ...pageQuery, includeDeleted, workstreamID: z.string().optional() }),
    result: page(taskSchema),
    aliases: { Items: "Tasks" },
  }),
  searchTasks: endpoint({
    method: "POST",
    path: "/v1/tasks/search",
    summary: "Finds tasks by the id of a pull request or by their own.",
    callers: users,
    status: 200,
    query: wireObject({
      ...pageQuery,
      pullRequestId: z.string().optional(),
      taskId: z.string().optional(),
      tenantID: z.string().optional(),
    }),
    body: wireObject({}),
    result: page(taskSchema),
    aliases: { Items: "Tasks" },
  }),
  getTaskGithubCreds: endpoint({
    method: "GET",
    path: `${task}/github-creds`,
    summary:
      "Gives a task's agent, while its turn runs, the token of the environment's connection to GitHub; 404 when the " +
      "server has none, such as for a private connection, whose token is with its runner.",
    callers: usersAndAgent,
    status: 200,
    result: wireObject({ GithubToken: z.string() }),
  }),
} as const;
