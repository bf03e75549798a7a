import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configFor, createWorkplace, olderConfig, type Workplace } from "./workplace.ts";

let workplace: Workplace;
beforeEach(async () => {
  workplace = await createWorkplace();
});
afterEach(() => workplace.clear());

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

describe("up, before it starts anything", () => {
  test("what this release does not serve is refused by name", async () => {
    workplace.write("config.yaml", olderConfig);
    const { code, stderr } = await workplace.run(["up"], { OPENAI_API_KEY: "x", SECOND_KEY: "x" });
    expect(code).toBe(1);
    expect(workplace.steady(stderr)).toMatchSnapshot();
  });

  test("missing keys are listed with who needs them and what to do", async () => {
    workplace.write(
      "config.yaml",
      configFor(workplace, ["one", "two"], "  - {model: mistral/x, access_key: $MISTRAL_API_KEY}\n"),
    );
    const { code, stderr } = await workplace.run(["up"], { MISTRAL_API_KEY: "" });
    expect(code).toBe(1);
    expect(workplace.steady(stderr)).toMatchSnapshot();
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

describe("a configuration file that is a link", () => {
  const lookingForIt = [
    ["up"],
    ["validate"],
    ["validate", "config.yaml"],
    ["migrate"],
    ["config", "show"],
    ["config", "explain", "listeners"],
  ].map((words) => [words]);

  test.each(lookingForIt)("to nothing is named with its target by %j", async (words) => {
    symlinkSync("/unmounted/config.yaml", join(workplace.folder, "config.yaml"));
    const { code, stderr } = await workplace.run(words);
    expect(code).toBe(1);
    expect(workplace.steady(stderr)).toContain(
      "cannot read /project/config.yaml: it is a link to /unmounted/config.yaml, which is not there",
    );
  });

  test.each(lookingForIt)("to itself is named by %j", async (words) => {
    symlinkSync("config.yaml", join(workplace.folder, "config.yaml"));
    const { code, stderr } = await workplace.run(words);
    expect(code).toBe(1);
    expect(workplace.steady(stderr)).toContain(
      "cannot read /project/config.yaml: its links lead in a circle",
    );
    expect(stderr).not.toContain("fault of planoai");
  });

  test("is followed", async () => {
    workplace.write("there/mine.yaml", configFor(workplace));
    symlinkSync("there/mine.yaml", join(workplace.folder, "config.yaml"));
    expect((await workplace.run(["validate"])).code).toBe(0);
  });
});

test("a name that is too long is told as such", async () => {
  const { code, stderr } = await workplace.run(["validate", "x".repeat(300)]);
  expect(code).toBe(1);
  expect(stderr).toContain("its name is too long");
});
