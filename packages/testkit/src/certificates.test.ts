import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { expect, test } from "vitest";
import { createCertificates } from "./certificates.ts";
import { createProvider } from "./provider.ts";

test("the certificate is the authority's, for this machine, for now", () => {
  const { authority, certificate } = createCertificates(new Date("2030-01-02T03:04:05Z"));
  const issued = new X509Certificate(certificate);
  expect(issued.verify(new X509Certificate(authority).publicKey)).toBe(true);
  expect(issued.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(issued.checkHost("localhost")).toBe("localhost");
  expect(issued.ca).toBe(false);
  expect(new Date(issued.validFrom).toISOString()).toBe("2030-01-01T15:04:05.000Z");
});

test.each([false, true])("a provider serves HTTPS with it (HTTP/1.1 alone: %s)", async (http1Only) => {
  const { authority, certificate, key } = createCertificates();
  const provider = await createProvider({ service: "openai", tls: { certificate, key, http1Only } });
  try {
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${provider.key}` };
      request(`${provider.url}/v1/models`, { ca: authority, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once("error", reject)
        .end();
    });
    expect(status).toBe(200);
  } finally {
    await provider.close();
  }
});
