import { expect, test } from "vitest";
import { redactConfig } from "./redact-config.ts";

test("a redacted file shows everything but secrets", () => {
  const text = `# was p42r_old.jwt.sig
[runner]
token = 'p42r_a.b.c' # mine
http_proxy = "http://me:pass@proxy:3128"
whatever = "ghp_0123456789"
otlp_endpoint = "me:pass@proxy:3128"
openai_token = "sk-1"
[github.corp]
token = "odd-token"
[github.home]
token = "env:HOME_TOKEN"
token_file = "/secret"
`;
  expect(redactConfig(text).text).toBe(`# was [REDACTED]
[runner]
token = '[REDACTED]' # mine
http_proxy = "http://[REDACTED]@proxy:3128"
whatever = "[REDACTED]"
otlp_endpoint = "[REDACTED]@proxy:3128"
openai_token = "[REDACTED]"
[github.corp]
token = "[REDACTED]"
[github.home]
token = "env:HOME_TOKEN"
token_file = "/secret"
`);
});

test("what nobody knows is not shown, and told", () => {
  const text = `other_secret = "one"
[runner]
max_jobz = 3
tokn = 'two' # mine
hooks = [ "three", { a = """four""" } ]
empty = ""
labels = { team = "x" }
allowed_images = ["a/**"]
[github]
odd = "five"
[github.corp]
name = "corp"
pasword = "six"
[x]
password = "seven"
[[y.z]]
password = "eight"
from = "env:HERE"
`;
  const hidden = /"""four"""|(['"])(?:one|two|three|five|six|seven|eight)\1/g;
  expect(redactConfig(text)).toEqual({
    text: text.replace(hidden, (_, quote = '"') => `${quote}[REDACTED]${quote}`),
    unknown: [
      ...["other_secret", "runner.tokn", "runner.hooks", "runner.hooks.a", "github.odd"],
      ...["github.corp.pasword", "x.password", "y.z.password"],
    ],
  });
});
