import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { closeJobNetwork, guardName, openJobNetwork } from "../isolation/network.ts";
import type { Runtime } from "../runtime.ts";
import { runtimes, shell } from "./runtimes.ts";

const metadata = ["169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200"];

describe.each(runtimes.filter(({ isReal }) => isReal))("$name", ({ make, name: engine }) => {
  let close = async () => {};
  afterEach(() => close());

  test.runIf(make !== undefined)("a job reaches this machine by name, and no metadata service", async () => {
    const runtime = await (make as () => Promise<Runtime>)();
    const jobId = `plan42-test-${randomUUID()}`;
    const server = createServer((socket) => socket.end("greetings\n"));
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    const { port } = server.address() as { port: number };
    close = async () => {
      server.close();
      await runtime.remove(jobId);
      await closeJobNetwork(runtime, jobId);
    };
    const labels = { "ai.plan42.test": jobId };
    const extraHosts = engine === "docker" ? ["host.docker.internal:host-gateway"] : [];
    const network = await openJobNetwork(runtime, { jobId, labels, extraHosts });

    const tries = metadata.map((address) => `nc -w 2 ${address} 80 </dev/null`);
    const host = "host.docker.internal";
    const script = [
      "exec 2>&1",
      ...tries,
      `nc -w 5 ${host} ${port} </dev/null`,
      "ip route del 169.254.0.0/16 && echo opened",
    ].join("; ");
    await runtime.create(shell(jobId, script, { network, labels }));
    await runtime.start(jobId, "");
    const parts: Uint8Array[] = [];
    for await (const bytes of runtime.output(jobId)) parts.push(bytes);
    const output = Buffer.concat(parts).toString();
    // What the kernel says of a closed route; without the guard it would be a time-out.
    expect(output.match(/\): Permission denied$/gm)).toHaveLength(metadata.length);
    expect(output).not.toContain("opened");
    if (engine === "docker") expect(output).toContain("greetings");

    await runtime.remove(jobId);
    await closeJobNetwork(runtime, jobId);
    expect(await runtime.listNetworks("ai.plan42.test", jobId)).toEqual([]);
    expect((await runtime.list("ai.plan42.test", jobId)).map(({ name }) => name)).not.toContain(
      guardName(jobId),
    );
  });
});
