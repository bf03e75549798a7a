import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { editConfig } from "./edit-config.ts";

const file = `# my runner
[runner] # the laptop
url = 'https://a.example'   # address
token = "p42r_x"
  odd_key = [ 1, # one
    2 ]

# the office
[github.corp]
name = 'corp'
connection_id = "c"
token = "env:CORP"

[github."a b"]
connection_id = "d"

[other]
date = 2020-01-01
big = 1_000
`;

test("a change touches its own value, and keeps its quotes", () => {
  const edited = editConfig(file, [
    { path: ["runner", "url"], value: "https://b.example" },
    { path: ["runner", "token"], value: 'p42r_"y' },
  ]);
  expect(edited).toBe(
    file.replace("https://a.example", "https://b.example").replace('"p42r_x"', '"p42r_\\"y"'),
  );
});

test("a new key goes below the last of its table, a new table to the end", () => {
  const edited = editConfig(file, [
    { path: ["runner", "runtime"], value: "docker" },
    { path: ["github", "new one", "connection_id"], value: "n" },
    { path: ["github", "new one", "url"], value: "https://g.example" },
  ]);
  expect(edited).toBe(
    `${file.replace("    2 ]\n", '    2 ]\n  runtime = "docker"\n')}
[github."new one"]
connection_id = "n"
url = "https://g.example"
`,
  );
});

test("a key, and a table, go with their lines; comments stay", () => {
  const edited = editConfig(file, [
    { path: ["github", "a b"], value: undefined },
    { path: ["github", "corp", "token"], value: undefined },
    { path: ["runner", "odd_key"], value: undefined },
    { path: ["runner", "not_there"], value: undefined },
  ]);
  expect(edited).toBe(`# my runner
[runner] # the laptop
url = 'https://a.example'   # address
token = "p42r_x"

# the office
[github.corp]
name = 'corp'
connection_id = "c"

[other]
date = 2020-01-01
big = 1_000
`);
});

test.each([
  ["", '[runner]\nurl = "u"\n'],
  ["# only a comment", '# only a comment\n\n[runner]\nurl = "u"\n'],
  ["[RUNNER]\nURL = 'x'", "[RUNNER]\nURL = 'u'"],
  ["[runner]", '[runner]\nurl = "u"'],
  ["[runner]\r\ntoken = 't'\r\n", "[runner]\r\ntoken = 't'\r\nurl = \"u\"\r\n"],
  ['runner = { token = "t" }', 'runner = { token = "t", url = "u" }'],
  ["runner = {}", 'runner = { url = "u" }'],
  ['runner.token = "t"\n', 'runner.token = "t"\nrunner.url = "u"\n'],
  ['[runner]\nurl = """\nx"""\n', '[runner]\nurl = "u"\n'],
  ["[runner.labels]\na = 'b'\n", "[runner.labels]\na = 'b'\n\n[runner]\nurl = \"u\"\n"],
])("%j gets its url", (text, expected) => {
  expect(editConfig(text, [{ path: ["runner", "url"], value: "u" }])).toBe(expected);
});

test.each([
  ['github = { a = { url = "u" }, b = {} }\n', "github = { b = {} }\n"],
  ['github = { b = {}, a = { url = "u" } }\n', "github = { b = {} }\n"],
  ["[github]\na.url = 'u'\na.name = 'n'\nb.url = 'u'\n", "[github]\nb.url = 'u'\n"],
  ["[github.a]\nurl = 'u'\n[github.a.more]\nx = 1\n[github.b]\n", "[github.b]\n"],
])("a connection goes from %j, however it is written", (text, expected) => {
  expect(editConfig(text, [{ path: ["github", "a"], value: undefined }])).toBe(expected);
});

test("every kind of value is read back as it was", () => {
  const values = {
    text: 'a "quote", \\, \u007f, é, \n',
    number: 0.5,
    whole: 3,
    yes: true,
    list: ["a", "b"],
    table: { a: "b", "c d": "e" },
  };
  const edits = Object.entries(values).map(([key, value]) => ({ path: ["runner", key], value }));
  expect(parse(editConfig("", edits))).toEqual({ runner: values });
});

test("what has no place for a change is refused", () => {
  const change = () => editConfig("runner = 1\n", [{ path: ["runner", "url"], value: "u" }]);
  expect(change).toThrow("cannot change runner.url in a file that is written like this");
  expect(() => editConfig("[runner", [{ path: ["runner", "url"], value: "u" }])).toThrow(SyntaxError);
});

test.each([
  ["a table", '[runner]\na = 1\n\n[github.n]\nname = "n"\n', "[runner]\na = 1\n"],
  ["an inline table", 'github = { n = { name = "n" } }\n', "github = {  }\n"],
  ["dotted keys", '[github]\nn.name = "n"\nm.name = "m"\n', '[github]\nm.name = "m"\n'],
  ["a table without keys", "[github.n]\n[github.m]\na = 1\n", "[github.m]\na = 1\n"],
])("with its last key goes %s of one name", (_, text, left) => {
  expect(editConfig(text, [{ path: ["github", "n", "name"], value: undefined }])).toBe(left);
});

test("[runner] stays without keys", () => {
  expect(editConfig("[runner]\na = 1\n", [{ path: ["runner", "a"], value: undefined }])).toBe("[runner]\n");
});
