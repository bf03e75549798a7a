import { readWrittenConfig } from "@plano/runner-home";
import { editConfig } from "@plano/runner-home/edit";
import { expect, test } from "vitest";
import { editsOf } from "./edits-of.ts";
import { setupOf } from "./setup.ts";
import { syncConnections } from "./sync-connections.ts";

const read = (text: string) => setupOf(readWrittenConfig(text), "docker");
const write = (text: string, setup: ReturnType<typeof read>) =>
  editConfig(text, editsOf(readWrittenConfig(text), setup));

const file = `[runner]
url = "https://a.example"
token_file = "/secret" # outside
runtime = "podman"
skip_ssl_verify = true
max_jobs = 3

[github.zebra]
connection_id = "1"
token = "env:Z"

[github.other]
name = "ant"
connection_id = "2"
url = "https://git.example"
`;

test("an empty file gives the defaults, and they are all written", () => {
  expect(read("")).toEqual({
    token: "",
    url: "https://api.dev.plan42.ai",
    runtime: "docker",
    skipSslVerify: false,
    caFile: "",
    connections: [],
  });
  expect(write("", read(""))).toBe('[runner]\nurl = "https://api.dev.plan42.ai"\nruntime = "docker"\n');
});

test("a file is shown in a stable order, and written back as it is", () => {
  const setup = read(file);
  expect(setup.token).toBe("file:/secret");
  expect(setup.connections.map(({ name }) => name)).toEqual(["ant", "zebra"]);
  expect(write(file, setup)).toBe(
    // What was implied is written out.
    file.replace('token = "env:Z"\n', 'token = "env:Z"\nname = "zebra"\nurl = "https://github.com"\n'),
  );
});

test("a secret is in one key only", () => {
  const changed = { ...read(file), token: "env:TOKEN", skipSslVerify: false };
  const text = write(file, changed);
  expect(text).toContain('token = "env:TOKEN"');
  expect(text).not.toMatch(/token_file|skip_ssl_verify/);
  expect(write(text, { ...changed, token: "file:/b" })).toMatch(/token_file = "\/b"/);
});

test("connections become the server's; addresses and tokens stay", () => {
  const { connections, removed } = syncConnections(read(file).connections, [
    { connectionId: "1", name: "Zoo" },
    { connectionId: "4", name: "zebra" },
    { connectionId: "3", name: "zebra" },
    { connectionId: "5", name: "" },
  ]);
  expect(removed).toEqual(["ant"]);
  expect(connections).toEqual([
    { key: "5", connectionId: "5", name: "5", url: "https://github.com", token: "" },
    { key: "zebra", connectionId: "1", name: "Zoo", url: "https://github.com", token: "env:Z" },
    { key: "zebra-2", connectionId: "3", name: "zebra", url: "https://github.com", token: "" },
    { key: "zebra-3", connectionId: "4", name: "zebra", url: "https://github.com", token: "" },
  ]);
  const text = write(file, { ...read(file), connections });
  expect(text).not.toContain("github.other");
  expect(text).toContain('[github.zebra-2]\nname = "zebra"\n');
});

test("the token of a connection that is gone does not become that of a new one", () => {
  const { connections } = syncConnections(read(file).connections, [{ connectionId: "9", name: "zebra" }]);
  expect(write(file, { ...read(file), connections })).toContain(
    '[github.zebra]\nname = "zebra"\nurl = "https://github.com"\nconnection_id = "9"\n',
  );
  expect(write(file, { ...read(file), connections })).not.toContain("env:Z");
});
