import { expect, test } from "vitest";
import { redactConfig } from "./redact-config.ts";

test("a redacted file shows everything but secrets", () => {
  const text = `# was p42r_old.jwt.sig
[runner]
token = 'p42r_a.b.c' # mine
http_proxy = "http://me:pass@proxy:3128"
whatever = "ghp_0123456789"
plain_proxy = "me:pass@proxy:3128"
openai_token = "sk-1"
[github.corp]
token = "odd-token"
[github.home]
token = "env:HOME_TOKEN"
token_file = "/secret"
`;
  expect(redactConfig(text)).toBe(`# was [REDACTED]
[runner]
token = '[REDACTED]' # mine
http_proxy = "http://[REDACTED]@proxy:3128"
whatever = "[REDACTED]"
plain_proxy = "[REDACTED]@proxy:3128"
openai_token = "[REDACTED]"
[github.corp]
token = "[REDACTED]"
[github.home]
token = "env:HOME_TOKEN"
token_file = "/secret"
`);
});
