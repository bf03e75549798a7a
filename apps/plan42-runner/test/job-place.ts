import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { FakeProgram } from "@plano/runtime";
import { afterEach, expect, vi } from "vitest";
import { openWorkplace, type Workplace, type WorkplaceOptions } from "./workplace.ts";

/** The workplace of the test that runs. */
export let place: Workplace;

/** Opens the workplace of a test that is about jobs. */
export async function openPlace(options?: WorkplaceOptions): Promise<Workplace> {
  place = await openWorkplace(options);
  return place;
}

/** Closes the workplace after each test, which fails if anything that the service does not allow was asked of it. */
export function closePlaceAfterEach(): void {
  afterEach(async () => {
    await place.close();
    expect(place.service.violations).toEqual([]);
  });
}

/** Patience with what happens on its own time. */
export const wait = { timeout: 15_000, interval: 20 };

/** Whether a turn of this status is over. */
export const ended = (status: string) => ["Completed", "Failed"].includes(status);

/** What endless agents do: they go on until they are stopped. */
export const endless: FakeProgram = async ({ signal }) => {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return 143;
};

/** An agent that ends its turn as the reference's does. */
export function completing(work: FakeProgram = async () => 0): FakeProgram {
  return async (process) => {
    const code = await work(process);
    const { Turn: turn, AgentToken: token } = JSON.parse(process.input);
    const url = `${place.service.url}/v1/tenants/${turn.TenantId}/tasks/${turn.TaskId}/turns/${turn.TurnIndex}`;
    const headers = { Authorization: `APIToken ${token}` };
    const current = (await (await fetch(url, { headers })).json()) as { Version: number };
    await fetch(url, {
      method: "PATCH",
      headers: { ...headers, "Content-Type": "application/json", "If-Match": String(current.Version) },
      body: JSON.stringify({
        Status: "Completed",
        OutputMessage: "done",
        CompletedAt: new Date().toISOString(),
      }),
    });
    return code;
  };
}

/** Waits until neither the engine nor the runner knows of a job. */
export async function nothingLeft(): Promise<void> {
  await vi.waitFor(async () => {
    expect(await place.runtime.list("ai.plan42.runner", place.service.runnerId)).toEqual([]);
    expect(await place.runtime.listNetworks("ai.plan42.runner", place.service.runnerId)).toEqual([]);
    expect(place.runner.status().jobs).toEqual([]);
  }, wait);
  const journal = join(place.folder, ".local/state/plan42-runner/journal");
  expect(readdirSync(journal).filter((name) => !name.endsWith(".done"))).toEqual([]);
}
