import { expect, test } from "vitest";
import { parseConfig } from "./parse-config.ts";

const options = {
  platform: "linux",
  processors: 8,
  variable: (name: string) => (name === "RUNNER_TOKEN" ? "p42r_from-variable" : undefined),
  readFile: (path: string) => {
    if (path === "/secret") return "p42r_from-file\n";
    if (path === "/empty") return "\n";
    throw Object.assign(new Error(), { code: path === "/folder" ? "EISDIR" : "ENOENT" });
  },
};
const read = (text: string, platform = "linux") => parseConfig(text, { ...options, platform });

test("the reference's file is read, and the rest are defaults", () => {
  const text = `
[runner]
url = 'https://api.dev.plan42.ai'
token = 'p42r_x'
skip_ssl_verify = true
runtime = ' Podman '
[github.corp]
name = 'corp'
url = 'https://git.corp.com'
connection_id = 'X'
token = 't'
`;
  expect(read(text)).toMatchObject({
    ok: true,
    warnings: [],
    config: {
      url: "https://api.dev.plan42.ai",
      token: "p42r_x",
      skipSslVerify: true,
      runtime: "podman",
      github: [{ name: "corp", url: "https://git.corp.com", connectionId: "X", token: "t" }],
      maxJobs: 2,
      cpus: 4,
      memory: 8 * 2 ** 30,
      readOnlyRoot: false,
      logUploadMaxSize: 16 * 2 ** 20,
      jobTimeout: 6 * 3_600_000,
      pullPolicy: "always",
      network: "isolated",
    },
  });
});

test("a file without a runtime means the platform's", () => {
  const text = '[RUNNER]\nURL = "https://x"\nToken = "p42r_x"';
  expect(read(text)).toMatchObject({ ok: true, config: { runtime: "docker" } });
  expect(read(text, "darwin")).toMatchObject({ ok: true, config: { runtime: "apple" } });
});

test("a runtime that cannot close the network off is warned about, unless nobody wants it to", () => {
  const text = '[runner]\nurl = "https://x"\ntoken = "p42r_x"\nruntime = "apple"\n';
  expect(read(text)).toMatchObject({
    ok: true,
    warnings: [{ path: "runner.network", message: expect.stringContaining('Set network = "default"') }],
  });
  expect(read(`${text}network = "default"`)).toMatchObject({ ok: true, warnings: [] });
});

test("a token comes from a file or a variable", () => {
  const runner = '[runner]\nurl = "https://x"\n';
  expect(read(`${runner}token = "env:RUNNER_TOKEN"`)).toMatchObject({
    config: { token: "p42r_from-variable" },
  });
  expect(read(`${runner}token_file = "/secret"`)).toMatchObject({ config: { token: "p42r_from-file" } });
  expect(read(`${runner}token = "env:OTHER"`)).toMatchObject({
    ok: false,
    problems: [{ path: "runner.token", message: "the environment variable OTHER is not set" }],
  });
});

test("a token is not file:PATH, which only the form takes", () => {
  const message = 'a file that holds it is named by token_file = "/x"';
  expect(read('[runner]\nurl = "https://x"\ntoken = "file:/x"')).toMatchObject({
    ok: false,
    problems: [{ path: "runner.token", message }],
  });
});

test.each([
  ['token_file = "/none"', "token_file", "/none cannot be read: no such file or directory"],
  ['token_file = "/folder"', "token_file", "/folder cannot be read: it is a directory"],
  ['token_file = "/empty"', "token_file", "there is no token in /empty"],
  ["token_file = 5", "token_file", "it must be a text"],
  ["token = 5", "token", "it must be a text"],
  ['token = "env:"', "token", "env: is followed by no variable's name, as in env:RUNNER_TOKEN"],
])("what is wrong with %s is told once", (line, key, message) => {
  expect(read(`[runner]\nurl = "https://x"\n${line}`)).toMatchObject({
    ok: false,
    problems: [{ path: `runner.${key}`, message }],
  });
});

test("relative paths begin at the file's folder", () => {
  const text = '[runner]\nurl = "https://x"\ntoken_file = "secret"\nca_file = "../ca.pem"';
  expect(parseConfig(text, { ...options, folder: "/" })).toMatchObject({
    config: { token: "p42r_from-file", caFile: "/ca.pem" },
  });
});

test("~/ is the folder of the user", () => {
  const variable = (name: string) => (name === "HOME" ? "/home/ada" : undefined);
  const readFile = (path: string) => (path === "/home/ada/.token" ? "p42r_of-ada" : options.readFile(path));
  const text = '[runner]\nurl = "https://x"\ntoken_file = "~/.token"\nca_file = "~/ca.pem"';
  expect(parseConfig(text, { ...options, variable, readFile, folder: "/etc" })).toMatchObject({
    config: { token: "p42r_of-ada", caFile: "/home/ada/ca.pem" },
  });
});

test("everything that is wrong is told at once, with its place and never with a token", () => {
  const result = read(`
[runner]
url = "ftp://x"
runtime = "rocket"
max_jobs = 0
memory = "much"
job_timeout = "1 hour"
metrics_listen = "9101"
read_only_root = "yes"
log_upload_max_size = 1
allowed_images = [1]
colour = "red"
[github.a]
token = "secret"
`);
  expect(result).toEqual({
    ok: false,
    problems: [
      { path: "runner.url", message: "invalid server url: ftp://x" },
      { path: "runner.token", message: "runner token not specified" },
      {
        path: "runner.runtime",
        message: "unsupported runtime: rocket (supported runtimes: docker, podman, apple)",
      },
      { path: "github.a.connection_id", message: "it is missing" },
      { path: "runner.max_jobs", message: "it must be a whole number from 1 to 10000" },
      {
        path: "runner.job_timeout",
        message: 'it must be a duration such as 90 (seconds) or "1h30m"',
      },
      { path: "runner.memory", message: 'it must be a size such as "8G", from 6291456 bytes to 8191T' },
      { path: "runner.read_only_root", message: "it must be true or false" },
      { path: "runner.allowed_images", message: "it must be a list of texts" },
      { path: "runner.metrics_listen", message: "it must be HOST:PORT, such as 127.0.0.1:9101" },
      {
        path: "runner.log_upload_max_size",
        message: 'it must be a size such as "8G", from 1024 bytes to 8191T',
      },
    ],
    warnings: [{ path: "runner.colour", message: "this key is not known" }],
  });
});

test("a proxy needs no scheme, and one that is none is told without its password", () => {
  const text = (proxy: string) => `[runner]\nurl = "https://x"\ntoken = "x"\nhttp_proxy = "${proxy}"`;
  expect(read(text("proxy.corp:3128"))).toMatchObject({ config: { httpProxy: "http://proxy.corp:3128" } });
  expect(read(text(""))).toMatchObject({ ok: true, config: { httpProxy: undefined } });
  for (const proxy of ["foo", "http://[bad", "me:secret@proxy"]) {
    const message = "it must be a URL such as http://proxy.example.com:3128, or HOST:PORT";
    expect(read(text(proxy))).toMatchObject({
      ok: false,
      problems: [{ path: "runner.http_proxy", message }],
    });
  }
});

test("an unknown key is told with the one that it is like", () => {
  const text = '[runner]\nurl = "https://x"\ntoken = "x"\nmax_jobz = 1\nread-only-root = true\nwhatever = 1';
  expect(read(text).warnings).toEqual([
    { path: "runner.max_jobz", message: "this key is not known; did you mean max_jobs?" },
    { path: "runner.read-only-root", message: "this key is not known; did you mean read_only_root?" },
    { path: "runner.whatever", message: "this key is not known" },
  ]);
});

test("models of one's own are read, with secrets by reference", () => {
  const text = `[runner]
url = "https://x"
token = "x"
openai_endpoint = "http://127.0.0.1:12000/v1"
openai_token = "env:RUNNER_TOKEN"
claude_token_file = "/secret"
[model_mappings."GPT-5 Codex"]
provider = "openai"
model = "gpt-5.2"
extended_context = true`;
  expect(read(text)).toMatchObject({
    ok: true,
    warnings: [],
    config: {
      models: {
        openaiEndpoint: "http://127.0.0.1:12000/v1",
        openaiToken: "p42r_from-variable",
        claudeEndpoint: "",
        claudeToken: "p42r_from-file",
        mappings: { "GPT-5 Codex": { provider: "openai", model: "gpt-5.2", extendedContext: true } },
      },
    },
  });
  const wrong = `[runner]
url = "https://x"
token = "x"
claude_endpoint = "nowhere"
[model_mappings.A]
provider = "openai"`;
  expect(read(wrong)).toMatchObject({
    problems: [
      { path: "runner.claude_endpoint" },
      { path: "model_mappings.A.model", message: "it is missing" },
    ],
  });
});

test("of two connections with one id the first counts", () => {
  const text = `[runner]
url = "https://x"
token = "x"
[github.a]
connection_id = "1"
[github.b]
connection_id = "1"`;
  expect(read(text).warnings).toEqual([
    { path: "github.b", message: "it has the connection_id of a, which is used in its place" },
  ]);
});

test("a text that is no TOML says where", () => {
  expect(read("[runner\n")).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringContaining("failed to parse config file: ") }],
  });
});

test("an unencrypted connection to elsewhere is warned about", () => {
  expect(read('[runner]\nurl = "http://example.com"\ntoken = "x"').warnings).toHaveLength(1);
  expect(read('[runner]\nurl = "http://127.0.0.1:8042"\ntoken = "x"').warnings).toHaveLength(0);
});

test.each(["https://a.dev.aiftp://x y", "https://ahttps://b", "https://a b", "https:a", "https://", "a"])(
  "%s is no address",
  (url) => {
    const text = `[runner]\nurl = "${url}"\ntoken = "x"\n[github.n]\nurl = "${url}"\nconnection_id = "1"\n`;
    expect(read(text)).toMatchObject({ problems: [{ path: "runner.url" }, { path: "github.n.url" }] });
  },
);

test.each(["https://a", "http://127.0.0.1:80/x/", "https://[::1]:1", "HTTPS://a.example/v1?version=2"])(
  "%s is one",
  (url) => {
    expect(read(`[runner]\nurl = "${url}"\ntoken = "x"\n`)).toMatchObject({ ok: true, warnings: [] });
  },
);

test("a job gets no more processors by default than the machine has", () => {
  const text = '[runner]\nurl = "https://x"\ntoken = "p42r_x"\n';
  expect(parseConfig(text, { ...options, processors: 2 })).toMatchObject({ ok: true, config: { cpus: 2 } });
});

test.each([
  ["max_jobs = 10001", "a whole number from 1 to 10000"],
  ["cpus = inf", "a number from 0.01 to 8192"],
  ["pids = 4194305", "a whole number from 1 to 4194304"],
  ["log_retention_days = 1e300", "a number from 0 to 36500"],
  ['memory = "8192T"', 'a size such as "8G", from 6291456 bytes to 8191T'],
  ['shutdown_timeout = "25d"', 'a duration such as 90 (seconds) or "1h30m", at most 24d'],
  ['stop_grace = "25d"', 'a duration such as 90 (seconds) or "1h30m", at most 24d'],
])("%s is too much, and how much may be is said", (line, wanted) => {
  const result = read(`[runner]\nurl = "https://x"\ntoken = "x"\n${line}`);
  expect(result).toMatchObject({ ok: false, problems: [{ message: `it must be ${wanted}` }] });
});
