import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createClient } from "./client.ts";
import { createNodeTransport, type NodeTransportOptions, proxySettings } from "./node-transport.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const folder = mkdtempSync(join(tmpdir(), "plano-client-"));
afterAll(() => rmSync(folder, { recursive: true }));
let certificate = "";
let key = "";
beforeAll(() => {
  const options = "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=test";
  const [keyFile, certificateFile] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  execFileSync(
    "openssl",
    [
      ...options.split(" "),
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-keyout",
      keyFile,
      "-out",
      certificateFile,
    ],
    { stdio: "ignore" },
  );
  [key, certificate] = [readFileSync(keyFile, "utf8"), readFileSync(certificateFile, "utf8")];
});

const tenants = JSON.stringify({ Items: [] });

async function call(url: string, options: NodeTransportOptions): Promise<unknown> {
  const transport = createNodeTransport(options);
  closing.push(() => transport.close());
  const client = createClient({ url, token: "t", transport: transport.send });
  return client.call("listTenants", { path: {} });
}

async function secureServer(): Promise<string> {
  const server = createHttpsServer({ key, cert: certificate }, (_request, response) => response.end(tenants));
  return `https://127.0.0.1:${await listen(server)}`;
}

/** A proxy that only tunnels, and the targets that it was asked for. */
async function tunnellingProxy() {
  const targets: string[] = [];
  const server = createHttpServer();
  server.on("connect", ({ url = "" }, client) => {
    targets.push(url);
    const [host = "", port = ""] = url.split(":");
    const upstream = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    closing.push(() => upstream.destroy());
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, targets };
}

test("an unknown authority is refused, one that is named is trusted, and checking can be turned off", async () => {
  const url = await secureServer();
  await expect(call(url, {})).rejects.toThrow("the server's certificate is self-signed");
  expect(await call(url, { certificateAuthorities: certificate })).toEqual({ Items: [] });
  expect(await call(url, { verifyCertificates: false })).toEqual({ Items: [] });
});

test("https and http go through the proxy, hosts in NO_PROXY do not", async () => {
  const proxy = await tunnellingProxy();
  const secure = await secureServer();
  const settings = { httpProxy: proxy.url, httpsProxy: proxy.url };
  expect(await call(secure, { ...settings, certificateAuthorities: certificate })).toEqual({ Items: [] });
  expect(proxy.targets).toEqual([new URL(secure).host]);
  const plain = `http://127.0.0.1:${await listen(createHttpServer((_request, response) => response.end(tenants)))}`;
  expect(await call(plain, settings)).toEqual({ Items: [] });
  expect(proxy.targets).toHaveLength(2);
  expect(await call(plain, { ...settings, noProxy: "127.0.0.1" })).toEqual({ Items: [] });
  const environment = { HTTPS_PROXY: proxy.url, http_proxy: proxy.url };
  const [, port] = new URL(plain).host.split(":");
  for (const host of ["127.0.0.1", "localhost"]) {
    for (const NO_PROXY of ["", "corp.example", "*"]) {
      const options = proxySettings({ ...environment, NO_PROXY });
      expect(await call(`http://${host}:${port}`, options)).toEqual({ Items: [] });
    }
  }
  expect(proxy.targets).toHaveLength(2);
});

test.each([
  [407, "the proxy does not know the user or the password (407)"],
  [403, "the proxy refused the connection (403)"],
])("a proxy that answers %i is named", async (status, words) => {
  const server = createHttpServer();
  server.on("connect", (_request, client) => client.end(`HTTP/1.1 ${status} No\r\n\r\n`));
  const proxy = `http://user:secret@127.0.0.1:${await listen(server)}`;
  await expect(call("https://api.test", { httpsProxy: proxy })).rejects.toThrow(words);
});

test("proxy settings are read in either case, lower case first", () => {
  expect(
    proxySettings({
      HTTPS_PROXY: "http://upper",
      https_proxy: "http://lower",
      ALL_PROXY: "http://all",
      NO_PROXY: "",
    }),
  ).toEqual({
    httpProxy: "http://all",
    httpsProxy: "http://lower",
    noProxy: "localhost,127.0.0.1,[::1]",
  });
});

test("a variable needs no scheme, and one that names no proxy is told by its name alone", () => {
  expect(proxySettings({ HTTPS_PROXY: "proxy.corp:3128" }).httpsProxy).toBe("http://proxy.corp:3128");
  const bad = { https_proxy: "http://me:secret@[bad" };
  expect(() => proxySettings(bad, { exitCode: 78 })).toThrow(
    expect.objectContaining({
      exitCode: 78,
      message:
        "the environment variable https_proxy names no proxy: it must be a URL such as http://proxy.example.com:3128, or HOST:PORT",
    }),
  );
  const configured = "http://proxy:1";
  expect(proxySettings(bad, { configured })).toMatchObject({ httpProxy: configured, httpsProxy: configured });
});

test("batches of calls go over the connections of the batch before", async () => {
  let connections = 0;
  const server = createHttpServer((_request, response) => setTimeout(() => response.end(tenants), 20));
  server.on("connection", () => {
    connections += 1;
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const transport = createNodeTransport();
  const client = createClient({ url, token: "p42_x", transport: transport.send });
  for (let batch = 0; batch < 20; batch += 1) {
    await Promise.all(Array.from({ length: 10 }, () => client.call("listTenants", { path: {} })));
  }
  await transport.close();
  // A connection is free a moment after its answer was read: a batch that begins at once needs others beside it.
  expect(connections).toBeLessThanOrEqual(25);
});
