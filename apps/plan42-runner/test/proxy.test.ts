import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, request } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeGithub, startFakePlan42 } from "@plano/plan42-testkit";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createRunnerHome } from "./program.ts";

// Names that only the proxy knows: whoever reaches them went through it.
const serviceName = "plan42.test";
const githubName = "github.test";
const wait = { timeout: 20_000, interval: 50 };

const folder = mkdtempSync(join(tmpdir(), "p42-ca-"));
const file = (name: string) => join(folder, name);
const openssl = (...words: readonly string[]) => execFileSync("openssl", words, { stdio: "ignore" });
beforeAll(() => {
  const key = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  openssl(
    ..."req -x509 -days 2 -subj /CN=corporate".split(" "),
    ...key,
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
  );
  openssl("req", "-subj", "/CN=server", ...key, "-keyout", file("key.pem"), "-out", file("request.pem"));
  writeFileSync(file("names"), `subjectAltName=DNS:${serviceName},DNS:${githubName},IP:127.0.0.1`);
  openssl(
    ..."x509 -req -days 2 -set_serial 2 -in".split(" "),
    ...[file("request.pem"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-extfile", file("names")],
    ...["-out", file("certificate.pem")],
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A server of TLS, with a certificate by the private authority, in front of one of HTTP. */
async function behindTls(url: string): Promise<number> {
  const certificate = { key: readFileSync(file("key.pem")), cert: readFileSync(file("certificate.pem")) };
  const server = createHttpsServer(certificate, (incoming, outgoing) => {
    const { method, headers } = incoming;
    const forwarded = request(`${url}${incoming.url}`, { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  return listen(server);
}

/** A proxy that wants a password, and takes every name for this machine. */
async function startProxy() {
  const targets: string[] = [];
  const server = createHttpServer();
  server.on("connect", ({ url = "", headers }, client) => {
    client.on("error", () => {});
    if (headers["proxy-authorization"] !== `Basic ${Buffer.from("runner:proxy-secret").toString("base64")}`) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    targets.push(url);
    const upstream = connect(Number(url.split(":")[1]), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    closing.push(() => {
      upstream.destroy();
      client.destroy();
    });
    upstream.on("error", () => client.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://runner:proxy-secret@127.0.0.1:${port}`,
    wrong: `http://runner:wrong-word@127.0.0.1:${port}`,
    targets,
  };
}

async function startServices() {
  const service = await startFakePlan42();
  closing.push(() => service.close());
  const github = await startFakeGithub({
    tokens: { "github-secret": "octo" },
    organizations: ["alpha"],
    repositories: {},
    pullRequests: {},
  });
  closing.push(() => github.close());
  const [servicePort, githubPort] = [await behindTls(service.url), await behindTls(github.url)];
  const proxy = await startProxy();
  const connection = (url: string) =>
    `[github.corp]\nname = "corp"\nurl = "${url}"\nconnection_id = "X"\ntoken = "github-secret"`;
  const listOrganizations = () =>
    service.send({
      Type: "ListOrgsForGithubConnectionRequest",
      ...{ TenantID: service.tenantId, ConnectionID: "X", MaxResults: 10, Token: null, Search: null },
    });
  return { service, servicePort, githubPort, proxy, connection, listOrganizations };
}

test("the program reaches the service and GitHub through a proxy with a password, and trusts a private authority", async () => {
  const { service, servicePort, githubPort, proxy, connection, listOrganizations } = await startServices();
  const toml = `ca_file = "${file("ca.pem")}"\n${connection(`https://${githubName}:${githubPort}`)}`;
  const home = createRunnerHome(service, toml, {
    url: `https://${serviceName}:${servicePort}`,
    environment: { HTTPS_PROXY: proxy.url, NO_PROXY: "elsewhere.test" },
  });
  closing.push(() => home.remove());
  home.start();
  await vi.waitFor(() => expect(service.queues.all.size, home.log()).toBe(1), wait);
  expect(await listOrganizations()).toMatchObject({ Items: ["alpha", "octo"], ErrorMessage: null });
  expect(new Set(proxy.targets)).toEqual(
    new Set([`${serviceName}:${servicePort}`, `${githubName}:${githubPort}`]),
  );
  expect(await home.end("SIGTERM")).toBe(0);
  expect(home.log()).not.toMatch(/proxy-secret|github-secret/);
  expect(service.violations).toEqual([]);
});

test("http_proxy in the file counts, and NO_PROXY leads past it", async () => {
  const { service, servicePort, githubPort, proxy, connection, listOrganizations } = await startServices();
  const toml = `http_proxy = "${proxy.url}"\nca_file = "${file("ca.pem")}"\n${connection(`https://${githubName}:${githubPort}`)}`;
  const home = createRunnerHome(service, toml, {
    url: `https://127.0.0.1:${servicePort}`,
    environment: { HTTPS_PROXY: "http://127.0.0.1:9", no_proxy: "127.0.0.1" },
  });
  closing.push(() => home.remove());
  home.start();
  await vi.waitFor(() => expect(service.queues.all.size, home.log()).toBe(1), wait);
  expect(await listOrganizations()).toMatchObject({ Items: ["alpha", "octo"], ErrorMessage: null });
  expect(new Set(proxy.targets)).toEqual(new Set([`${githubName}:${githubPort}`]));
});

test.each<[string, RegExp]>([
  ["an authority that nobody named", /certificate/],
  ["a proxy that refuses its password", /407|[Pp]roxy/],
])("%s is told in the log, without a secret", async (which, words) => {
  const { service, servicePort, proxy } = await startServices();
  const isAuthority = which.includes("authority");
  const home = createRunnerHome(service, isAuthority ? "" : `ca_file = "${file("ca.pem")}"`, {
    url: `https://${serviceName}:${servicePort}`,
    environment: { HTTPS_PROXY: isAuthority ? proxy.url : proxy.wrong },
  });
  closing.push(() => home.remove());
  home.start();
  await vi.waitFor(() => expect(home.log()).toMatch(/"msg":"the server: /), wait);
  const [line] = home.log().match(/^.*"msg":"the server: .*$/m) ?? [];
  expect(JSON.parse(line ?? "{}").msg).toMatch(words);
  expect(home.log()).not.toMatch(/proxy-secret|wrong-word/);
  expect(service.queues.all.size).toBe(0);
});
