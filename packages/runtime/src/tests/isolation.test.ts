import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { closeJobNetwork, guardName, openJobNetwork, proxyName } from "../isolation/network.ts";
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
    const { network, environment } = await openJobNetwork(runtime, { jobId, labels, extraHosts });
    expect(environment).toEqual({});

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
    const output = await readAll(runtime, jobId);
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

  test.runIf(make !== undefined)(
    "a job with a list of hosts reaches these by its proxy, and nothing else",
    async () => {
      const runtime = await (make as () => Promise<Runtime>)();
      const jobId = `plan42-test-${randomUUID()}`;
      const labels = { "ai.plan42.test": jobId };
      const [listed, other] = [await startGreeter(), await startGreeter()];
      const datagrams = await startDatagramCounter();
      close = async () => {
        await Promise.all([listed.close(), other.close(), datagrams.close()]);
        await runtime.remove(jobId);
        await closeJobNetwork(runtime, jobId);
      };
      // Both engines have a name for this machine; Podman knows its own without being told.
      const host = engine === "docker" ? "host.docker.internal" : "host.containers.internal";
      const extraHosts = engine === "docker" ? [`${host}:host-gateway`] : [];
      const { network, environment } = await openJobNetwork(runtime, {
        jobId,
        labels,
        extraHosts,
        allowedHosts: [
          { host, port: listed.port },
          { host: "*.internal", port: 1 },
          { host: "169.254.169.254", port: 80 },
        ],
      });
      const [, proxy] = /^http:\/\/([\d.]+):3128$/.exec(environment.http_proxy ?? "") ?? [];
      const connect = (target: string) =>
        `printf 'CONNECT ${target} HTTP/1.1\\r\\n\\r\\nknock' | nc -w 5 ${proxy} 3128`;
      const target = `${host}:${listed.port}`;
      /** Heads that try to be taken for a listed host, and what the proxy says to them. */
      const odd: readonly [head: string, status: number][] = [
        [`CONNECT ${host}.:${listed.port} HTTP/1.1`, 200],
        [`GET http://${target}@evil.test/ HTTP/1.1`, 400],
        [`GET http://evil.test#${target} HTTP/1.1`, 400],
        [`CONNECT evil${target} HTTP/1.1`, 403],
        [`CONNECT evil.test/${target} HTTP/1.1`, 400],
        [`CONNECT evil.test\\000${target} HTTP/1.1`, 400],
        [`CONNECT ${host}:${listed.port + 65_536} HTTP/1.1`, 400],
        [`CONNECT [::1]:${listed.port} HTTP/1.1`, 400],
        [`CONNECT 127.0.0.1:3128 HTTP/1.1`, 403],
        [`GET / HTTP/1.1\\r\\nHost: ${target}`, 400],
        ["x", 400],
      ];
      const script = [
        "exec 2>&1",
        ...odd.map(
          ([head], index) =>
            `echo odd${index} $(printf '${head}\\r\\n\\r\\nknock' | nc -w 5 ${proxy} 3128 | head -n 1)`,
        ),
        `echo page; wget -q -O - http://${host}:${listed.port}/; echo`,
        `echo tunnel; ${connect(`${host}:${listed.port}`)}; echo`,
        `echo port; ${connect(`${host}:${other.port}`)}; echo`,
        `echo name; wget -q -O - http://example.com/; echo`,
        `echo wildcard; ${connect("nothing.internal:1")}; echo`,
        `echo metadata; ${connect("169.254.169.254:80")}; echo`,
        `echo direct; gateway=$(ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p')`,
        `nc -w 2 $gateway ${listed.port} </dev/null && echo out; nc -w 2 ${proxy} ${other.port} </dev/null && echo out`,
        `echo datagram | nc -u -w 1 $gateway ${datagrams.port}; echo lookup; nslookup example.com >/dev/null && echo out`,
        "echo firewall; ip route del default && echo out; kill -9 1; echo end",
      ].join("; ");
      await runtime.create(shell(jobId, script, { network, environment, labels }));
      await runtime.start(jobId, "");
      const output = await readAll(runtime, jobId);
      const part = (name: string) =>
        output.split(new RegExp(`^${name}\n`, "m"))[1]?.split(/^[a-z]+\n/m)[0] ?? "";
      odd.forEach(([head, status], index) => {
        expect(output, head).toMatch(new RegExp(`^odd${index} HTTP/1.1 ${status} `, "m"));
      });
      expect(part("page")).toContain("greetings for GET / from");
      expect(part("page")).toContain(`Host: ${host}:${listed.port}`);
      expect(part("tunnel")).toMatch(/^HTTP\/1.1 200 [\s\S]*greetings/);
      expect(part("port")).toMatch(/^HTTP\/1.1 403 [\s\S]*is not among the allowed hosts/);
      expect(part("name")).toContain("403 Forbidden");
      expect(part("wildcard")).toMatch(/^HTTP\/1.1 502 [\s\S]*nothing.internal:1 cannot be reached/);
      expect(part("metadata")).toMatch(/^HTTP\/1.1 502 /);
      expect(output).not.toMatch(/^out$/m);
      expect(output).toMatch(/^end$/m);
      expect(datagrams.count()).toBe(0);
      expect(other.count()).toBe(0);

      expect(await readFirst(runtime, proxyName(jobId), /example.com:80 is not/)).toContain(
        `${host}:${other.port} is not among the allowed hosts`,
      );
      await runtime.remove(jobId);
      await closeJobNetwork(runtime, jobId);
      expect(await runtime.list("ai.plan42.test", jobId)).toEqual([]);
    },
  );
});

/** A server on all of this machine's addresses that greets whoever comes. */
async function startGreeter() {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.on("error", () => {});
    let head = "";
    socket.on("data", (bytes) => {
      head += bytes.toString("latin1");
      // A request may come in pieces.
      if (head.startsWith("GET") && !head.includes("\r\n\r\n")) return;
      const [line, ...headers] = head.split("\r\n");
      const text = `greetings for ${line?.replace(/ HTTP.*/, "")} from\n${headers.join("\n")}\n`;
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    });
    // Those who say nothing are greeted, too.
    socket.setTimeout(300, () => socket.end("greetings\n"));
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    count: () => count,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function startDatagramCounter() {
  let count = 0;
  const socket = createSocket("udp4", () => {
    count += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, "0.0.0.0", resolve));
  return {
    port: socket.address().port,
    count: () => count,
    close: () => new Promise<void>((resolve) => socket.close(resolve)),
  };
}

async function readAll(runtime: Runtime, name: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of runtime.output(name)) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

async function readFirst(runtime: Runtime, name: string, until: RegExp): Promise<string> {
  let text = "";
  for await (const bytes of runtime.output(name)) {
    text += Buffer.from(bytes).toString();
    if (until.test(text)) break;
  }
  return text;
}
