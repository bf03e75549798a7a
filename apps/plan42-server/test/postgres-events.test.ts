import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createPostgresEvents } from "../src/events/postgres-events.ts";
import { findPostgres, startPostgres, type TestPostgres } from "./postgres.ts";

const programs = findPostgres();
const beat = { interval: 200, limit: 500 };
const patience = { timeout: 20_000, interval: 20 };

describe.skipIf(programs === undefined)("events by Postgres", () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? "");
  });
  afterAll(() => postgres?.stop());

  /** A way to Postgres whose connections can be made to carry nothing any more, without their ending. */
  async function openWay() {
    const { port } = new URL(postgres.url);
    const sockets = new Set<Socket>();
    let made = 0;
    const way = createServer((near) => {
      made += 1;
      const far = connect(Number(port), "127.0.0.1");
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("error", () => {});
      }
    });
    await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
    const url = new URL(postgres.url);
    url.port = String((way.address() as AddressInfo).port);
    return {
      url: url.href,
      made: () => made,
      freeze: () => {
        for (const socket of sockets) socket.unpipe().pause();
        sockets.clear();
      },
      close: () => {
        for (const socket of sockets) socket.destroy();
        way.close();
      },
    };
  }

  test("a connection that is dead without having ended is made anew, and who waits is woken", async () => {
    const way = await openWay();
    const errors: string[] = [];
    const one = await createPostgresEvents(way.url, (error) => errors.push(error.message), beat);
    const two = await createPostgresEvents(postgres.url, (error) => errors.push(error.message), beat);
    const woken = { one: 0, two: 0 };
    one.subscribe("a", () => (woken.one += 1));
    two.subscribe("b", () => (woken.two += 1));
    two.publish("a");
    await vi.waitFor(() => expect(woken.one).toBe(1), patience);

    way.freeze();
    two.publish("a");
    one.publish("b");
    await vi.waitFor(() => expect(way.made()).toBeGreaterThan(1), patience);
    // Both what was missed meanwhile and what could not be told.
    await vi.waitFor(() => expect(woken).toEqual({ one: 2, two: 1 }), patience);
    expect(errors).toContain("Postgres has not delivered a notification within 0.5 s");

    two.publish("a");
    await vi.waitFor(() => expect(woken.one).toBe(3), patience);
    await one.close();
    await two.close();
    way.close();
  });
});
