import type { FakePlan42, ServiceFault } from "@plano/plan42-testkit";
import { type FakeRuntime, RuntimeError } from "@plano/runtime";
import { sleep } from "@plano/waiting";
import type { Chance } from "./day-chance.ts";
import type { Hiccup } from "./day-lives.ts";

const second = 1_000;
const minute = 60 * second;
const methods = ["GET", "PUT", "PATCH", "POST", "DELETE"];
const unlimited = Number.POSITIVE_INFINITY;

/** What goes wrong for a while: resolves when it is over. */
export type Trouble = () => Promise<void>;

/** What goes wrong between the runner and its server. */
export function serverTroubles(service: FakePlan42, chance: Chance): Record<string, Trouble> {
  /** What goes wrong at the moment; the stand-in can only forget all at once. */
  const active = new Set<() => void>();
  const during = async (length: number, begin: () => void) => {
    active.add(begin);
    begin();
    await sleep(length);
    active.delete(begin);
    service.heal();
    for (const again of active) again();
  };
  const spoil = (path: RegExp, fault: ServiceFault, count = unlimited) => {
    for (const method of methods) service.fail(method, path, fault, count);
  };
  const answer = (status: number, headers: Record<string, string> = {}, body = ""): ServiceFault => ({
    kind: "answer",
    status,
    headers,
    body,
  });
  let isDown = false;
  return {
    "server down": async () => {
      if (isDown) return;
      isDown = true;
      await service.pause();
      await sleep(chance.between(second, 15 * minute));
      await service.resume();
      isDown = false;
    },
    "503 with Retry-After": () => {
      const fault = answer(503, { "Retry-After": String(Math.ceil(chance.between(1, 60))) }, "<html>");
      return during(chance.between(second, 10 * minute), () => spoil(/./, fault));
    },
    "429": () => {
      const fault = answer(429, { "Retry-After": String(Math.ceil(chance.between(1, 30))) });
      return during(chance.between(second, 5 * minute), () => spoil(/./, fault));
    },
    "500": () => during(chance.between(second, 5 * minute), () => spoil(/./, answer(500))),
    "polls hang": () =>
      during(chance.between(10 * second, 5 * minute), () => spoil(/\/messages/, { kind: "silence" })),
    "everything hangs": () =>
      during(chance.between(10 * second, 5 * minute), () => spoil(/./, { kind: "silence" })),
    "token refused": () => {
      const fault = answer(chance.is(0.5) ? 401 : 403);
      return during(chance.between(second, 10 * minute), () => spoil(/\/queues\//, fault));
    },
    "a proxy's 404": () =>
      during(chance.between(second, minute), () => spoil(/\/messages/, answer(404, {}, "not here"), 4)),
    resets: () => during(minute, () => spoil(/./, { kind: "reset" }, Math.ceil(chance.between(1, 8)))),
    "lost answers": () =>
      during(minute, () => spoil(/./, { kind: "lose-answer" }, Math.ceil(chance.between(1, 8)))),
  };
}

/** What goes wrong with the container engine. */
export function engineTroubles(
  runtime: FakeRuntime,
  hiccup: Hiccup,
  chance: Chance,
): Record<string, Trouble> {
  let isDown = false;
  return {
    "engine down": async () => {
      if (isDown) return;
      isDown = true;
      runtime.breakDown();
      await sleep(chance.between(second, 10 * minute));
      runtime.recover();
      isDown = false;
    },
    "engine hiccup": async () => {
      hiccup.isOn = true;
      await sleep(chance.between(second, 5 * minute));
      hiccup.isOn = false;
    },
    "registry away": async () => {
      const failure = chance.is(0.7) ? "registry-unreachable" : "failed";
      const errors = Math.ceil(chance.between(1, 6));
      runtime.failPulls(
        ...Array.from({ length: errors }, () => new RuntimeError("the registry is away", { failure })),
      );
    },
    "pulls hang": async () => {
      hiccup.holdsPulls = true;
      await sleep(chance.between(10 * second, 20 * minute));
      hiccup.holdsPulls = false;
    },
  };
}
