import { randomUUID } from "node:crypto";
import { ApiError } from "@plano/client";
import type { BodyOf, RequestOf } from "@plano/protocol";
import { type FakeRunner, startFakeRunner } from "./fake-runner.ts";
import { eventually, type TestServer } from "./harness.ts";

export type Invoke = RequestOf<"InvokeAgentRequest">;

const emptyEnvironment = {
  Name: "n",
  Description: "",
  Context: "",
  Repos: [],
  SetupScript: "",
  DockerImage: "org/agent:latest",
  AllowedHosts: [],
  EnvVars: [],
} satisfies BodyOf<"createEnvironment">;

export type TaskStage = ReturnType<typeof openTaskStage>;

/** What tests of tasks do all the time, on one server. */
export function openTaskStage({ admin, tenantId, addRunner }: TestServer) {
  const runners: FakeRunner[] = [];

  const addEnvironment = async (content: Partial<BodyOf<"createEnvironment">> = {}): Promise<string> => {
    const environmentId = randomUUID();
    await admin.call("createEnvironment", {
      path: { tenantId, environmentId },
      body: { ...emptyEnvironment, ...content },
    });
    return environmentId;
  };

  return {
    addEnvironment,
    /** Stops the runner with the others. */
    keep: (runner: FakeRunner) => void runners.push(runner),
    stopRunners: async () => {
      for (const runner of runners.splice(0)) await runner.stop();
    },
    /** A runner that takes jobs, and an environment that it serves. `answer` gives its ErrorMessage. */
    prepare: async (answer: (invoke: Invoke) => Promise<string | null> = async () => null) => {
      const { runnerId, client } = await addRunner();
      const jobs: Invoke[] = [];
      const runner = await startFakeRunner({
        client,
        tenantId,
        runnerId,
        handlers: {
          InvokeAgentRequest: async (invoke) => {
            jobs.push(invoke);
            return { Type: "InvokeAgentResponse", ErrorMessage: await answer(invoke) };
          },
        },
      });
      runners.push(runner);
      return { runnerId, client, jobs, environmentId: await addEnvironment({ RunnerId: runnerId }) };
    },
    addTask: async (environmentId: string | undefined, content: Partial<BodyOf<"createTask">> = {}) => {
      const path = { tenantId, taskId: randomUUID() };
      const body = { Title: "t", Prompt: "p", RepoInfo: {}, EnvironmentId: environmentId, ...content };
      const task = await admin.call("createTask", { path, body });
      return { task, path, turnPath: { ...path, turnIndex: "1" } };
    },
    /** The turn, once it has ended. */
    ended: (path: { tenantId: string; taskId: string; turnIndex: string }) =>
      eventually(async () => {
        const turn = await admin.call("getTurn", { path });
        return ["Completed", "Failed"].includes(turn.Status) && turn;
      }),
  };
}

/** The error that a call is refused with. */
export const refusal = (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    () => Promise.reject(new Error("it was not refused")),
    (error) => (error instanceof ApiError ? error : Promise.reject(error)),
  );

/** One line of a log. */
export const entry = (Message: string) => ({ Timestamp: "2026-11-21T08:16:55.831397274Z", Message });
