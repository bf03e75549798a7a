import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { configFor, createWorkplace, olderConfig, type Workplace } from "./workplace.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let workplace: Workplace;
beforeEach(async () => {
  workplace = await createWorkplace();
});
afterEach(() => workplace.clear());

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
    expect(workplace.steady(stderr)).toMatchSnapshot();
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
    workplace.write("config.yaml", olderConfig);
    const { code, stdout, stderr } = await workplace.run(["validate"]);
    expect(code).toBe(0);
    expect(workplace.steady(stdout + stderr)).toMatchSnapshot();
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
    workplace.write("config.yaml", olderConfig);
    const { code, stdout } = await workplace.run(["config", "show"]);
    expect(code).toBe(0);
    expect(workplace.steady(stdout)).toMatchSnapshot();
  });

  test("show without a file prints what is built in", async () => {
    const { code, stdout } = await workplace.run(["config", "show", "--json"], { GROQ_API_KEY: "secret" });
    const { file, config } = JSON.parse(stdout);
    expect([code, file]).toEqual([0, null]);
    expect(config.model_providers[0]).toMatchObject({ model: "groq/*", access_key: "$GROQ_API_KEY" });
    expect(stdout).not.toContain("secret");
  });

  test("explain tells what a key means, what it is and why", async () => {
    workplace.write("config.yaml", olderConfig);
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
    const path = workplace.write("config.yaml", olderConfig);
    chmodSync(path, 0o640);
    const { code, stdout } = await workplace.run(["migrate"]);
    expect(code).toBe(0);
    expect(workplace.steady(stdout)).toMatchSnapshot();
    expect(readFileSync(path, "utf8")).toContain("model_providers:\n  # two of them\n  - {");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect((await workplace.run(["migrate"])).stdout).toContain("is in today's form already");
  });

  test("--dry-run prints the new text and changes nothing", async () => {
    const path = workplace.write("config.yaml", olderConfig);
    const { stdout } = await workplace.run(["migrate", "--dry-run"]);
    expect(stdout).toMatch(/^version: v0\.4\.0\nmodel_providers:\n {2}# two of them\n/);
    expect(readFileSync(path, "utf8")).toBe(olderConfig);
  });

  test("a file that is not valid in today's form either is rewritten, and its errors are told", async () => {
    const path = workplace.write("config.yaml", olderConfig.replace("openai/", "opnai/"));
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
    const path = workplace.write("config.yaml", `${olderConfig}colour: red\n`);
    expect(await workplace.run(["migrate"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("unknown key `colour`"),
    });
    expect(readFileSync(path, "utf8")).toBe(`${olderConfig}colour: red\n`);
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
