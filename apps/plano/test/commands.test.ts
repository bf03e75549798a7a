import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { configFor, createWorkplace, type Workplace } from "./workplace.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let workplace: Workplace;
beforeEach(async () => {
  workplace = await createWorkplace();
});
afterEach(() => workplace.clear());

/** In an older form, and with something that is not served. */
const older = `version: v0.3.0
llm_providers: # two of them
  - {model: openai/gpt-4o, access_key: $OPENAI_API_KEY}
  - {model: mistral/large, access_key: $SECOND_KEY}
agents: [{id: helper, url: "http://localhost:10510"}]
`;

/** Replaces what differs from one run to the next. */
const steady = (text: string) =>
  text.replaceAll(workplace.folder, "/project").replaceAll(workplace.home, "/home");

describe("usage", () => {
  test.each([[], ["--help"], ["-h"], ["help"]].map((words) => [words]))(
    "%j prints the help",
    async (words) => {
      const { code, stdout, stderr } = await workplace.run(words);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatchSnapshot("root");
    },
  );

  test.each([
    "up",
    "down",
    "reload",
    "status",
    "logs",
    "validate",
    "config",
    "config show",
    "config explain",
    "migrate",
    "trace",
    "trace listen",
    "trace down",
    "build",
    "completion",
  ])("%s --help", async (command) => {
    const { code, stdout } = await workplace.run([...command.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatchSnapshot();
  });

  test.each(["--version", "-V"])("%s", async (flag) => {
    expect(await workplace.run([flag])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^plano version \d/),
    });
  });

  test.each([
    ["an unknown command", ["upp"], "Did you mean up?"],
    ["an unknown option", ["up", "--foregroud"], "Did you mean --foreground?"],
    ["a port that is none", ["up", "--listener-port", "70000"], "number from 1 to 65535"],
    ["a count that is none", ["logs", "-n", "many"], "whole number"],
    ["one argument too many", ["up", "a.yaml", "b.yaml"], "too many arguments"],
    ["an unknown shell", ["completion", "tcsh"], "Allowed choices"],
    ["an Envoy for a container", ["up", "--docker", "--envoy", "x"], "cannot be used with option"],
    ["an Envoy that is not run", ["up", "--envoy", "x"], "needs --native, too"],
    ["a program for no image", ["build", "--native", "--program", "x"], "needs --docker, too"],
    ["an Envoy for no image", ["build", "--envoy", "x"], "needs --docker --native"],
    ["Envoy outside a container", ["config", "compile", "--native"], "needs --docker, too"],
    ["traces of a container", ["up", "--docker", "--with-tracing"], "which a container does not reach"],
    ["a collector's port alone", ["up", "--tracing-port", "4317"], "needs --with-tracing, too"],
  ])("%s ends with 2", async (_, words, message) => {
    const { code, stdout, stderr } = await workplace.run(words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});

describe("a failure under --json is one object on standard error", () => {
  test.each([
    [["validate", "nope.yaml", "--json"], 1, { code: "no-config", hint: null }],
    [["validate", "--json", "."], 1, { code: "config-unreadable" }],
    [["config", "show", "--json", "--path", "bad"], 1, { code: "config-invalid", hint: /defualt/ }],
    [["config", "show", "--json", "--path", "nope"], 1, { code: "no-config" }],
    [["config", "explain", "liseners", "--json"], 1, { code: "unknown-key", hint: /listeners/ }],
    [["config", "explain", "--json"], 2, { code: "usage", error: /missing required argument/ }],
    [["config", "--json"], 2, { code: "usage" }],
    [["status", "--json", "more"], 2, { code: "usage", error: /too many arguments/ }],
    [["status", "--jsn", "--json"], 2, { code: "usage", error: /unknown option '--jsn'/ }],
    [["reload", "--json"], 2, { code: "usage", error: /unknown option '--json'/ }],
    [["logs", "--json"], 2, { code: "usage" }],
    [["stats", "--json"], 2, { code: "usage", error: /unknown command 'stats'/ }],
  ] as const)("%j", async (words, exitCode, expected) => {
    workplace.write(
      "bad/config.yaml",
      "version: v0.4.0\nmodel_providers: [{model: openai/x, defualt: yes}]\n",
    );
    const { code, stdout, stderr } = await workplace.run(words);
    expect([code, stdout], stderr).toEqual([exitCode, ""]);
    expect(stderr).toMatch(/^\{[^\n]*\}\n$/);
    const failure = JSON.parse(stderr);
    expect(Object.keys(failure)).toEqual(["error", "code", "hint"]);
    for (const [key, wanted] of Object.entries(expected)) {
      if (wanted instanceof RegExp) expect(failure[key]).toMatch(wanted);
      else expect(failure[key]).toBe(wanted);
    }
  });

  test("also where nothing can be read", async () => {
    const { code, stdout, stderr } = await workplace.run(["status", "--json"], { HOME: "relative" });
    expect([code, stdout]).toEqual([1, ""]);
    expect(JSON.parse(stderr)).toEqual({
      error: "HOME is not an absolute path: relative",
      code: "no-home",
      hint: null,
    });
  });
});

describe("validate", () => {
  test("a good file needs no key", async () => {
    workplace.write("config.yaml", configFor(workplace));
    expect(await workplace.run(["validate"])).toEqual({
      code: 0,
      stdout: `✓ ${join(workplace.folder, "config.yaml")} is valid\n`,
      stderr: "",
    });
  });

  test("every error of a bad file is told", async () => {
    workplace.write(
      "bad/plano_config.yaml",
      "version: v0.4.0\nmodel_providers:\n  - model: opnai/x\n    defualt: yes\n",
    );
    const { code, stderr } = await workplace.run(["validate", "--path", "bad"]);
    expect(code).toBe(1);
    expect(steady(stderr)).toMatchSnapshot();
  });

  test("--json is a document for programs", async () => {
    workplace.write(
      "config.yaml",
      "version: v0.4.0\nmodel_providers:\n  - model: openai/x\n    defualt: yes\n",
    );
    const { code, stdout, stderr } = await workplace.run(["validate", "config.yaml", "--json"]);
    expect([code, stderr]).toEqual([1, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      file: join(workplace.folder, "config.yaml"),
      errors: [
        {
          code: "unknown-key",
          path: "model_providers[0].defualt",
          value: "true",
          allowed: expect.stringMatching(/^one of model, name, /),
          suggestion: "default",
          line: 4,
          column: 5,
        },
      ],
      warnings: [{ code: "no-key" }],
    });
  });

  test("what is not served and what is old is told, and the file is valid", async () => {
    workplace.write("config.yaml", older);
    const { code, stdout, stderr } = await workplace.run(["validate"]);
    expect(code).toBe(0);
    expect(steady(stdout + stderr)).toMatchSnapshot();
    const json = await workplace.run(["validate", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      valid: true,
      not_served: [{ code: "not-served", path: "agents", line: 5 }],
      older_forms: [{ line: 1 }, { path: "llm_providers", line: 2 }],
    });
  });

  test.each([
    ["a file that is not there", ["validate", "nope.yaml"], "there is no configuration file"],
    ["a folder without one", ["validate"], "there is no config.yaml and no plano_config.yaml in"],
    ["a folder that is not there", ["validate", "--path", "nope"], "there is no folder"],
    ["a folder in place of a file", ["validate", "."], "it is a directory"],
  ])("%s", async (_, words, message) => {
    const { code, stderr } = await workplace.run(words);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test.each([
    ["a named pipe", (path: string) => execFileSync("sh", ["-c", `mkfifo '${path}'`]), "it is a named pipe"],
    ["a link to a device", (path: string) => symlinkSync("/dev/zero", path), "it is a device"],
  ])("%s in place of a file is not waited for", async (_, make, message) => {
    make(join(workplace.folder, "config.yaml"));
    for (const words of [["validate"], ["migrate"], ["config", "show"], ["config", "compile"], ["up"]]) {
      const { code, stderr } = await workplace.run(words);
      expect([words, code, stderr]).toEqual([words, 1, expect.stringContaining(message)]);
    }
  });

  test("a socket in place of a file", async () => {
    const server = createServer().listen(join(workplace.folder, "config.yaml"));
    await once(server, "listening");
    expect((await workplace.run(["validate"])).stderr).toContain("it is a socket");
    server.close();
  });

  test("a file may come by a link, or by standard input", async () => {
    workplace.write("real.yaml", configFor(workplace));
    symlinkSync("real.yaml", join(workplace.folder, "config.yaml"));
    expect(await workplace.run(["validate"])).toMatchObject({ code: 0 });
    const command = `cat real.yaml | '${process.execPath}' '${main}' validate /dev/stdin`;
    expect(execFileSync("sh", ["-c", command], { cwd: workplace.folder, encoding: "utf8" })).toBe(
      "✓ /dev/stdin is valid\n",
    );
  });

  test("a file that is not UTF-8", async () => {
    writeFileSync(join(workplace.folder, "config.yaml"), Buffer.from([0x76, 0xff, 0xfe]));
    expect((await workplace.run(["validate"])).stderr).toContain("it is not UTF-8 text");
  });
});

describe("config", () => {
  test("show prints every value with where it comes from", async () => {
    workplace.write("config.yaml", older);
    const { code, stdout } = await workplace.run(["config", "show"]);
    expect(code).toBe(0);
    expect(steady(stdout)).toMatchSnapshot();
  });

  test("show without a file prints what is built in", async () => {
    const { code, stdout } = await workplace.run(["config", "show", "--json"], { GROQ_API_KEY: "secret" });
    const { file, config } = JSON.parse(stdout);
    expect([code, file]).toEqual([0, null]);
    expect(config.model_providers[0]).toMatchObject({ model: "groq/*", access_key: "$GROQ_API_KEY" });
    expect(stdout).not.toContain("secret");
  });

  test("explain tells what a key means, what it is and why", async () => {
    workplace.write("config.yaml", older);
    workplace.write(".env", "SECOND_KEY=secret\n");
    const words = ["config", "explain", "model_providers.access_key"];
    const { code, stdout } = await workplace.run(words, { OPENAI_API_KEY: "secret" });
    expect(code).toBe(0);
    expect(stdout).toMatchSnapshot();
    const json = JSON.parse((await workplace.run([...words, "--json"])).stdout);
    expect(json.values).toMatchObject([
      { key: "model_providers[0].access_key", written_as: "llm_providers[0].access_key", line: 3 },
      { value: "$SECOND_KEY", variables: [{ name: "SECOND_KEY", set_in: ".env" }] },
    ]);
  });

  test.each([
    ["overides", "Did you mean overrides?"],
    ["overrides.colour", "Keys there: max_request_body_bytes, "],
    ["version.major", "It has no keys."],
  ])("explain %s, which there is not", async (key, hint) => {
    workplace.write("config.yaml", configFor(workplace));
    const { code, stderr } = await workplace.run(["config", "explain", key]);
    expect(code).toBe(1);
    expect(stderr).toContain(hint);
  });

  test("of a file that is not valid nothing is shown, but its keys are explained", async () => {
    workplace.write("config.yaml", "version: v0.4.0\n");
    const { code, stdout, stderr } = await workplace.run(["config", "explain", "listeners.port"]);
    expect([code, stdout.split("\n")[2]]).toEqual([0, "  allowed  a whole number from 1 to 65535"]);
    expect(stderr).toContain("is not valid");
    expect(await workplace.run(["config", "show"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("model_providers cannot be empty"),
    });
  });
});

describe("migrate", () => {
  test("rewrites the file, once, and leaves who may read it", async () => {
    const path = workplace.write("config.yaml", older);
    chmodSync(path, 0o640);
    const { code, stdout } = await workplace.run(["migrate"]);
    expect(code).toBe(0);
    expect(steady(stdout)).toMatchSnapshot();
    expect(readFileSync(path, "utf8")).toContain("model_providers:\n  # two of them\n  - {");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect((await workplace.run(["migrate"])).stdout).toContain("is in today's form already");
  });

  test("--dry-run prints the new text and changes nothing", async () => {
    const path = workplace.write("config.yaml", older);
    const { stdout } = await workplace.run(["migrate", "--dry-run"]);
    expect(stdout).toMatch(/^version: v0\.4\.0\nmodel_providers:\n {2}# two of them\n/);
    expect(readFileSync(path, "utf8")).toBe(older);
  });

  test("a file that is not valid in today's form either is rewritten, and its errors are told", async () => {
    const path = workplace.write("config.yaml", older.replace("openai/", "opnai/"));
    const { code, stdout, stderr } = await workplace.run(["migrate"]);
    expect(code).toBe(1);
    expect(stdout).toContain("is in today's form now");
    expect(stderr).toMatch(
      /✗ Validation failed: 1 error in .*\n.*config\.yaml:4:6: provider "opnai" is not known/,
    );
    expect(readFileSync(path, "utf8")).toContain("version: v0.4.0\nmodel_providers:");
    const again = await workplace.run(["migrate"]);
    expect([again.code, again.stdout]).toEqual([1, expect.stringContaining("is in today's form already")]);
  });

  test("a file with errors of the shape stays as it is", async () => {
    const path = workplace.write("config.yaml", `${older}colour: red\n`);
    expect(await workplace.run(["migrate"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("unknown key `colour`"),
    });
    expect(readFileSync(path, "utf8")).toBe(`${older}colour: red\n`);
  });
});

describe("up, before it starts anything", () => {
  test("what this release does not serve is refused by name", async () => {
    workplace.write("config.yaml", older);
    const { code, stderr } = await workplace.run(["up"], { OPENAI_API_KEY: "x", SECOND_KEY: "x" });
    expect(code).toBe(1);
    expect(steady(stderr)).toMatchSnapshot();
  });

  test("missing keys are listed with who needs them and what to do", async () => {
    workplace.write(
      "config.yaml",
      configFor(workplace, ["one", "two"], "  - {model: mistral/x, access_key: $MISTRAL_API_KEY}\n"),
    );
    const { code, stderr } = await workplace.run(["up"], { MISTRAL_API_KEY: "" });
    expect(code).toBe(1);
    expect(steady(stderr)).toMatchSnapshot();
  });

  test("a data plane that is not there", async () => {
    workplace.write("config.yaml", configFor(workplace));
    const { code, stderr } = await workplace.run(["up"], {
      OPENAI_API_KEY: "x",
      PLANO_BRIGHTSTAFF: "/nowhere",
    });
    expect([code, stderr]).toEqual([1, "✗ PLANO_BRIGHTSTAFF names no program: /nowhere\n"]);
  });

  test("an address for metrics that is none", async () => {
    workplace.write("config.yaml", configFor(workplace));
    const { code, stderr } = await workplace.run(["up"], {
      OPENAI_API_KEY: "x",
      METRICS_BIND_ADDRESS: "9092",
    });
    expect(code).toBe(1);
    expect(stderr).toContain("METRICS_BIND_ADDRESS must be");
  });

  test("a home that cannot be written to", async () => {
    workplace.write("config.yaml", configFor(workplace));
    const file = workplace.write("file", "");
    const { code, stderr } = await workplace.run(["up"], { OPENAI_API_KEY: "x", HOME: file });
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot write ${file}/.plano: a part of the path is not a directory`);
  });

  test("a home that is not an absolute path", async () => {
    const { code, stderr } = await workplace.run(["status"], { HOME: "relative" });
    expect([code, stderr]).toEqual([1, "✗ HOME is not an absolute path: relative\n"]);
  });
});

test("config compile prints what the data plane is given, there and in a container", async () => {
  workplace.write("config.yaml", configFor(workplace));
  const here = await workplace.run(["config", "compile"]);
  expect(here.code, here.stderr).toBe(0);
  expect(parse(here.stdout)).toMatchObject({ listeners: [{ address: "127.0.0.1" }] });
  const there = await workplace.run(["config", "compile", "config.yaml", "--docker"]);
  expect(parse(there.stdout)).toMatchObject({
    listeners: [{ address: "0.0.0.0" }],
    metrics: { address: "0.0.0.0" },
  });
});

describe("config compile with keys in the file", () => {
  // A reference to nothing: nobody can serve it by accident.
  const hidden = "$hidden";
  const config = () =>
    configFor(workplace).replace(
      "access_key: $OPENAI_API_KEY",
      "access_key: hunter2-key, headers: {x-team: hunter2-header $TEAM}, base_url: 'http://h'",
    );

  test.each([[[]], [["--docker"]], [["--docker", "--native"]]])("hides them, %j", async (words) => {
    workplace.write("config.yaml", config());
    const { code, stdout, stderr } = await workplace.run(["config", "compile", ...words]);
    expect([code, stdout]).toEqual([0, expect.not.stringContaining("hunter2")]);
    expect(stderr).toContain("2 values that may be secrets are hidden");
    expect(parseAllDocuments(stdout)[0]?.toJS()).toMatchObject({
      model_providers: [{ access_key: hidden, headers: { "x-team": hidden }, base_url: expect.any(String) }],
    });
    const whole = await workplace.run(["config", "compile", ...words, "--with-keys"]);
    expect([whole.code, whole.stderr]).toEqual([0, ""]);
    expect(whole.stdout).toContain("access_key: hunter2-key\n");
    expect(whole.stdout).toContain("x-team: hunter2-header $TEAM\n");
  });
});

describe("build", () => {
  test("outside a checkout", async () => {
    const { code, stderr } = await workplace.run(["build", "--native"]);
    expect(code).toBe(1);
    expect(stderr).toContain("is not inside a checkout of Plano");
  });

  test("a failure of cargo is passed on", async () => {
    workplace.write("crates/brightstaff/Cargo.toml", "");
    const bin = join(workplace.folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "cargo"), "#!/bin/sh\nexit 7\n");
    chmodSync(join(bin, "cargo"), 0o755);
    const { code, stderr } = await workplace.run(["build", "--native"], { PATH: bin });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^✗ cargo failed \(exit code 7\)\n.*rustup target add wasm32-wasip1\n$/);
  });

  test("without cargo", async () => {
    workplace.write("crates/brightstaff/Cargo.toml", "");
    const { code, stderr } = await workplace.run(["build", "--native"], { PATH: "/nowhere" });
    expect(code).toBe(1);
    expect(stderr).toContain("cargo is not installed");
  });

  test("what cargo built is listed with its size", async () => {
    workplace.write("crates/brightstaff/Cargo.toml", "");
    const bin = join(workplace.folder, "bin");
    mkdirSync(bin);
    const filters = "target/wasm32-wasip1/filter";
    const script = [
      "#!/bin/sh",
      `/bin/mkdir -p target/release ${filters}`,
      `for f in target/release/brightstaff ${filters}/llm_gateway.wasm ${filters}/prompt_gateway.wasm`,
      'do echo built >"$f"; done',
    ];
    writeFileSync(join(bin, "cargo"), `${script.join("\n")}\n`);
    chmodSync(join(bin, "cargo"), 0o755);
    const { code, stdout } = await workplace.run(["build", "--native"], { PATH: bin });
    expect(code).toBe(0);
    expect(stdout).toMatch(/crates\/target\/release\/brightstaff +6 B\n/);
    expect(stdout).toMatch(/filter\/llm_gateway\.wasm +6 B\n.*filter\/prompt_gateway\.wasm +6 B\n$/);
  });
});

test.each(["bash", "zsh", "fish"])("completion for %s", async (shell) => {
  const { code, stdout } = await workplace.run(["completion", shell]);
  expect(code).toBe(0);
  expect(stdout).toMatchSnapshot();
});
