import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FakeService, startFakeService } from "./fake-service.ts";
import { createPlace, type Place } from "./place.ts";

let place: Place;
let service: FakeService;
beforeEach(async () => {
  place = createPlace();
  service = await startFakeService();
});
afterEach(async () => {
  await service.close();
  place.clear();
});

const runnerTable = () => `[runner]\nurl = "${service.url}"\ntoken = "${service.token}"\n`;

test("the help tells flags, examples and exit codes", async () => {
  const { code, stdout } = await place.run(["--help"]);
  expect(code).toBe(0);
  expect(stdout).toMatchSnapshot();
});

test("a configuration is set up by flags alone, and printed without its secrets", async () => {
  service.connections = [{ ConnectionID: "c-1", Name: "corp" }];
  const words = [
    "--set",
    `runner.url=${service.url}`,
    "--set",
    "runner.token=-",
    "--set",
    "runner.max_jobs=4",
  ];
  const set = await place.run([...words, "--sync"], { input: `${service.token}\n` });
  expect(set).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringContaining("Configuration updated"),
  });
  expect(statSync(place.file).mode & 0o777).toBe(0o600);
  expect(place.read()).toBe(`${runnerTable()}max_jobs = 4

[github.corp]
name = "corp"
url = "https://github.com"
connection_id = "c-1"
`);
  const printed = await place.run(["--print"]);
  expect(printed).toMatchObject({ code: 0, stderr: "" });
  expect(printed.stdout).toBe(place.read().replace(service.token, "[REDACTED]"));
  const { stdout } = await place.run(["--print", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    config: { url: service.url, token: "[REDACTED]", maxJobs: 4, github: [{ connectionId: "c-1" }] },
  });
});

test("an empty value removes a key; comments and unknown keys stay", async () => {
  place.write('# mine\n[runner]\nurl = "https://a" # there\nmax_jobs = 2\nodd = 1\n');
  expect(await place.run(["--set", "runner.max_jobs="])).toMatchObject({ code: 0 });
  expect(place.read()).toBe('# mine\n[runner]\nurl = "https://a" # there\nodd = 1\n');
  expect(await place.run(["--set", "runner.max_jobs="])).toMatchObject({
    stdout: expect.stringContaining("Nothing has changed"),
  });
});

test("a runtime that no runner of this machine starts with is refused, and not valid", async () => {
  place.write(runnerTable());
  const refused = await place.run(["--set", "runner.runtime=apple"]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^ERROR: runner\.runtime: the runtime "apple" needs macOS\. Set runtime/);
  expect(refused.stderr).toContain("nothing is written");
  expect(place.read()).toBe(runnerTable());
  place.write(`${runnerTable()}runtime = "apple"\n`);
  expect(await place.run(["--validate"])).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining('ERROR: runner.runtime (line 4): the runtime "apple" needs macOS'),
  });
  const mac = { platform: "darwin" };
  const open = await place.run(["--validate"], mac);
  expect([open.code, open.stderr]).toEqual([
    1,
    expect.stringContaining("ERROR: runner.network: the runtime"),
  ]);
  expect(open.stderr).not.toMatch(/^!/m);
  expect(await place.run(["--set", "runner.network=default"], mac)).toMatchObject({ code: 0, stderr: "" });
  expect(await place.run(["--validate"], mac)).toMatchObject({ code: 0, stderr: "" });
});

test("values are what the key takes", async () => {
  writeFileSync(join(place.home, "ca.pem"), `${rootCertificates[0]}\n`);
  const settings = [
    "runner.job_timeout=90",
    "runner.idle_timeout=1h30m",
    "runner.allowed_images=['a/**', \"b\"]",
    "runner.labels={ team = 'x' }",
    "runner.read_only_root=true",
    "runner.metrics_listen=127.0.0.1:9101",
    'github."a b".connection_id=12',
    'github."a b".token=env:GITHUB_TOKEN',
    "runner.ca_file=~/ca.pem",
  ];
  expect(await place.run(settings.flatMap((setting) => ["--set", setting]))).toMatchObject({
    stderr: "",
    code: 0,
  });
  expect(place.read()).toBe(`[runner]
job_timeout = 90
idle_timeout = "1h30m"
allowed_images = ["a/**", "b"]
labels = { team = "x" }
read_only_root = true
metrics_listen = "127.0.0.1:9101"
ca_file = "${place.home}/ca.pem"

[github."a b"]
connection_id = "12"
token = "env:GITHUB_TOKEN"
`);
});

test.each([
  ["runner.token=p42r_secret", "runner.token is a secret, and arguments can be seen by others"],
  ["github.a.token=ghp_secret", "github.a.token is a secret"],
  ["runner.openai_token=sk_secret", "runner.openai_token is a secret"],
  ["runner.http_proxy=http://me:my_secret@proxy:1", "runner.http_proxy has a password in it"],
  ["model_mappings.A.modl=x", "model_mappings.A.modl: this key is not known; did you mean model?"],
  ["runner.max_jobz=1", "runner.max_jobz: this key is not known; did you mean max_jobs?"],
  ["runner.max_jobs=0", "runner.max_jobs: it must be a whole number from 1 to 10000"],
  ["runner.cpus=nan", "runner.cpus: it must be a number from 0.01 to 8192"],
  ["runner.cpus=-1e999", "runner.cpus: it must be a number from 0.01 to 8192"],
  ["runner.max_queues=1000000", "runner.max_queues: it must be a whole number from 1 to 10000"],
  ["runner.pull_policy=some", "runner.pull_policy: it must be one of always, if-not-present, never"],
  ["max_jobs=1", "--set takes KEY=VALUE, such as runner.max_jobs=4; not max_jobs"],
  ["runner", "--set takes KEY=VALUE"],
  ["github.a=1", "--set takes KEY=VALUE"],
  ["runner.token=-", "there is nothing on standard input for runner.token"],
])("--set %s is refused", async (setting, message) => {
  const { code, stderr } = await place.run(["--set", setting]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`ERROR: ${message}`)]);
  expect(stderr).not.toContain("_secret");
  expect(() => place.read()).toThrow();
});

test.each([
  ["max_jobs=3", /^ERROR: .*\n {2}A key begins with its section: .*; did you mean runner\.max_jobs\?\n$/],
  ["Max-Jobz=3", /; did you mean runner\.max_jobs\?\n$/],
  [
    "foo=1",
    /\n {2}A key begins with its section: runner\.KEY, github\.NAME\.KEY or model_mappings\.NAME\.KEY\n$/,
  ],
  ["github.a=1", /\n {2}A key begins with its section: .*KEY\n$/],
])("a key without its section is told, with the one that is likely meant: %s", async (setting, message) => {
  const { code, stderr } = await place.run(["--set", setting]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

test.each([
  ["p42r_garbage", "invalid api token: invalid jwt token"],
  ["p42u_a.b.c", "invalid runner token"],
  ["file:/secret", "invalid runner token"],
])("a token on standard input that is none is refused: %s", async (input, message) => {
  const { code, stderr } = await place.run(["--set", "runner.token=-"], { input });
  expect([code, stderr]).toEqual([2, expect.stringContaining(`ERROR: runner.token: ${message}\n  `)]);
  expect(stderr).not.toContain(input);
  expect(() => place.read()).toThrow();
});

test("what a runner would not take is refused with all its faults, and nothing is written", async () => {
  place.write(runnerTable());
  const words = ["--set", "github.corp.url=https://x", "--set", "model_mappings.A.provider=openai"];
  expect(await place.run(words)).toMatchObject({
    code: 1,
    stdout: "",
    stderr: `ERROR: github.corp.connection_id: it is missing
ERROR: model_mappings.A.model: it is missing
  The runner would not take the file so; nothing is written. --set may be repeated.
`,
  });
  const json = await place.run([...words, "--json"]);
  expect([json.code, JSON.parse(json.stderr)]).toMatchObject([1, { code: "bad-config" }]);
  expect(place.read()).toBe(runnerTable());
  const whole = ["--set", "github.corp.connection_id=1", "--set", "github.corp.token=env:NONE"];
  expect(await place.run(whole)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("A running runner takes it at once."),
  });
  expect(await place.run(["--set", "runner.url="])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("ERROR: runner.url: endpoint URL not specified\n"),
  });
});

test("a relative path in the file begins at the file's folder", async () => {
  place.write('[runner]\nurl = "https://x"\ntoken_file = "none"\n');
  expect(await place.run(["--validate"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${place.home}/none cannot be read: no such file or directory`),
  });
});

test("a token that is written as file:PATH is refused, as by the runner", async () => {
  place.write(runnerTable().replace(/token = .*/, 'token = "file:/x"'));
  expect(await place.run(["--validate"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('a file that holds it is named by token_file = "/x"'),
  });
});

test("a change names the keys for which a running runner needs a restart", async () => {
  place.write(runnerTable());
  const set = async (...settings: readonly string[]) =>
    (await place.run(settings.flatMap((setting) => ["--set", setting]))).stdout;
  expect(await set("runner.max_jobs=3")).toMatch(/takes it at once\.\n$/);
  expect(await set("runner.http_proxy=proxy:3128", "runner.metrics_listen=127.0.0.1:9101")).toMatch(
    /at once, but for what needs a restart: http_proxy, metrics_listen\n {4}plan42 runner enable/,
  );
  expect(await set("runner.shutdown_timeout=10m")).toMatch(
    /takes it at once\.\n {2}A service gives it the longer shutdown_timeout after: plan42 runner enable/,
  );
  expect(await set("runner.shutdown_timeout=8m")).toMatch(/takes it at once\.\n$/);
});

test("a file with faults is mended step by step, and what is left is told", async () => {
  place.write('[runner]\nurl = "ftp://x"\nmax_jobs = 0\n\n[github.n]\nname = "n"\n');
  const first = await place.run(["--set", "runner.max_jobs=2"]);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain("\n! runner.url: invalid server url: ftp://x\n");
  expect(first.stdout).toContain("\n! github.n.connection_id: it is missing\n");
  expect(first.stdout).not.toMatch(/at once|runner enable/);
  const worse = await place.run(["--set", "model_mappings.A.provider=openai"]);
  expect([worse.code, worse.stderr]).toEqual([
    1,
    expect.stringMatching(/^ERROR: model_mappings\.A\.model: it is missing\n {2}The runner/),
  ]);
  await place.run(["--set", "runner.url=https://x", "--set", "github.n.name="]);
  expect(place.read()).toBe('[runner]\nurl = "https://x"\nmax_jobs = 2\n');
});

test("a server that the token goes to in the open is warned about, and asked all the same", async () => {
  place.write(runnerTable());
  const set = await place.run(["--set", "runner.url=http://plan42.example"]);
  const warning = "! runner.url: the connection is not encrypted, and the token is readable on the way\n";
  expect(set).toMatchObject({ code: 0, stderr: warning });
  expect(await place.run(["--set", "runner.max_jobs=2"])).toMatchObject({ code: 0, stderr: "" });
  const { code, stderr } = await place.run(["--validate"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(`${warning}ERROR: unable to connect to server`),
  ]);
});

test("what nobody knows is not printed, and told", async () => {
  place.write(`${runnerTable()}tokn = "sesame"\n[x]\npassword = "sesame"\n`);
  const { code, stdout, stderr } = await place.run(["--print"]);
  expect([code, stderr]).toEqual([
    0,
    `! runner.tokn: this key is not known, and what it says is not shown
! x.password: this key is not known, and what it says is not shown
`,
  ]);
  expect(stdout).toBe(place.read().replace(service.token, "[REDACTED]").replaceAll("sesame", "[REDACTED]"));
});

test("--print prints the file whatever a check finds", async () => {
  place.write(runnerTable());
  const valid = await place.run(["--print", "--validate"]);
  expect(valid).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\[runner\]\n[\s\S]*token is valid/),
  });
  place.write(`${runnerTable()}max_jobs = 0\n`);
  const invalid = await place.run(["--print", "--validate"]);
  expect(invalid).toMatchObject({ code: 1, stderr: expect.stringContaining("ERROR: runner.max_jobs") });
  expect(invalid.stdout).toContain("max_jobs = 0");
  const { stdout } = await place.run(["--print", "--validate", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    valid: false,
    config: { problems: [{ path: "runner.max_jobs" }] },
  });
});

test("what is not valid is told, and changes nothing", async () => {
  place.write(runnerTable());
  const before = place.read();
  expect(await place.run(["--validate"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/The token is valid until \d{4}-\d\d-\d\d; 0 GitHub connections/),
  });
  service.status = 403;
  const { code, stderr } = await place.run(["--set", "runner.max_jobs=9", "--validate"]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("ERROR: token not authorized\n  It is expired"),
  ]);
  expect(place.read()).toBe(before);
  const { code: jsonCode, stdout } = await place.run(["--validate", "--json"]);
  expect([jsonCode, JSON.parse(stdout)]).toMatchObject([
    1,
    { valid: false, problems: [{ message: "token not authorized" }] },
  ]);
});

test("all that is wrong with a file is told at once", async () => {
  place.write('[runner]\nurl = "ftp://x"\nmax_jobs = 0\n');
  const { code, stderr } = await place.run(["--validate"]);
  expect(code).toBe(1);
  expect(stderr).toContain("ERROR: runner.url (line 2): invalid server url: ftp://x\n");
  expect(stderr).toContain("ERROR: runner.token: runner token not specified\n");
  expect(stderr).toContain("ERROR: runner.max_jobs (line 3): ");
  expect(JSON.parse((await place.run(["--validate", "--json"])).stdout).problems).toEqual([
    { path: "runner.url", message: "invalid server url: ftp://x", line: 2 },
    { path: "runner.token", message: "runner token not specified" },
    { path: "runner.max_jobs", message: "it must be a whole number from 1 to 10000", line: 3 },
  ]);
});

test("connections are this runner's, of all pages, and those that are gone go", async () => {
  place.write(`${runnerTable()}\n[github.old]\nconnection_id = "gone"\ntoken = "t"\n`);
  service.connections = [
    { ConnectionID: "c-3", Name: "same" },
    { ConnectionID: "c-2", Name: "other's", RunnerID: "runner-2" },
    { ConnectionID: "c-1", Name: "same" },
  ];
  expect(await place.run(["--validate"])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("--sync takes those over"),
  });
  const before = place.read();
  const synced = await place.run(["--sync"]);
  expect([synced.code, synced.stderr]).toEqual([
    0,
    "! [github.old] has gone from the file, and its token with it: it is not the server's\n",
  ]);
  place.write(before);
  const json = await place.run(["--sync", "--json"]);
  expect([json.code, JSON.parse(json.stdout)]).toMatchObject([0, { removed: ["old"] }]);
  expect(place.read()).toMatch(/\[github\.same\]\n.*\n.*\nconnection_id = "c-1"\n\n\[github\.same-2\]/);
  expect(place.read()).not.toMatch(/gone|old|other/);
  expect(service.requests.some((line) => line.includes("token=2"))).toBe(true);
});

test("a file that is not there, or is no TOML, is told with what helps", async () => {
  expect(await place.run(["--print"])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("there is no configuration yet"),
  });
  place.write('[runner]\ntoken = "p42r_secret\n');
  const { code, stderr } = await place.run(["--set", "runner.max_jobs=1"]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/is no TOML: .* \(line 2\)/)]);
  expect(stderr).not.toContain("secret");
});

test("under --json every failure is one object on standard error", async () => {
  const told = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await place.run([...words, "--json"]);
    expect(stdout).toBe("");
    return [code, JSON.parse(stderr)];
  };
  expect(await told("--print")).toMatchObject([3, { code: "no-config", hint: expect.any(String) }]);
  expect(await told("--set", "runner.max_jobs=0")).toMatchObject([2, { code: "usage" }]);
  expect(await told("--sett", "a=b")).toMatchObject([2, { code: "usage", hint: null }]);
});

test("a check under --json tells a file that is not there, or is no TOML, as what it has found", async () => {
  const told = async () => {
    const { code, stdout, stderr } = await place.run(["--validate", "--json"]);
    expect(stderr).toBe("");
    return [code, JSON.parse(stdout)];
  };
  const problem = (text: string) => ({
    valid: false,
    problems: [{ path: "", message: expect.stringContaining(text), hint: expect.any(String) }],
  });
  expect(await told()).toMatchObject([3, problem("there is no configuration yet")]);
  place.write("[runner");
  expect(await told()).toMatchObject([1, problem("is no TOML")]);
});

test("without a terminal the form is refused", async () => {
  expect(await place.run([])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("there is no terminal to show the form on"),
  });
});

test("--ca-file and --skip-ssl-verify alone are written where there is no terminal for the form", async () => {
  const bundle = join(place.home, "ca.pem");
  writeFileSync(bundle, `# an authority\n${rootCertificates[0]}\n${rootCertificates[1]}\n`);
  const first = await place.run(["--ca-file", bundle]);
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining("Configuration updated") });
  expect(place.read()).toBe(`[runner]\nca_file = "${bundle}"\n`);
  expect(await place.run(["--skip-ssl-verify", "--json"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"changed": true'),
  });
  expect(place.read()).toContain("skip_ssl_verify = true");
});

test.each([
  [
    "a key",
    "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
    "there is no PEM certificate in ca_file",
  ],
  ["a text", "hello", "there is no PEM certificate in ca_file"],
  [
    "a broken one",
    "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    "a certificate in ca_file FILE cannot be read",
  ],
])("--ca-file with %s in place of a certificate is refused", async (_, text, message) => {
  const file = join(place.home, "ca.pem");
  writeFileSync(file, text);
  for (const words of [
    ["--ca-file", file],
    ["--set", "runner.max_jobs=1", "--ca-file", file],
  ]) {
    const { code, stderr } = await place.run(words);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`ERROR: ${message.replace("FILE", file)}`)]);
    expect(() => place.read()).toThrow();
  }
  place.write(runnerTable());
  expect(await place.run(["--set", `runner.ca_file=${file}`])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`ERROR: runner.ca_file: ${message.replace("FILE", file)}`),
  });
  expect(place.read()).toBe(runnerTable());
  place.write(`${runnerTable()}ca_file = "${file}"\n`);
  expect(await place.run(["--validate"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("ERROR: runner.ca_file (line 4): "),
  });
  expect(await place.run(["--set", "runner.max_jobs=1"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("! runner.ca_file: "),
  });
});

test("a certificate of one's own needs --ca-file or --skip-ssl-verify, which are named and kept", async () => {
  const [key, certificate] = [join(place.home, "key.pem"), join(place.home, "certificate.pem")];
  const options = "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=test";
  const files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate];
  execFileSync("openssl", [...options.split(" "), ...files], { stdio: "ignore" });
  const secure = await startFakeService({
    key: readFileSync(key, "utf8"),
    cert: readFileSync(certificate, "utf8"),
  });
  try {
    writeFileSync(place.file, `[runner]\nurl = "${secure.url}"\ntoken = "${secure.token}"\n`);
    const refused = await place.run(["--validate"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("unable to connect to server: the server's certificate is self-signed");
    expect(refused.stderr).toContain("--ca-file FILE");
    for (const check of ["--validate", "--sync"]) {
      expect(await place.run([check, "--ca-file", certificate])).toMatchObject({ code: 0 });
      expect(place.read()).toContain(`ca_file = "${certificate}"`);
    }
    expect(await place.run(["--validate"])).toMatchObject({ code: 0 });
    expect(await place.run(["--set", "runner.ca_file="])).toMatchObject({ code: 0 });
    expect(await place.run(["--sync", "--skip-ssl-verify"])).toMatchObject({ code: 0 });
    expect(place.read()).toContain("skip_ssl_verify = true");
  } finally {
    await secure.close();
  }
});
