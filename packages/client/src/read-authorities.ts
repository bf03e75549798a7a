import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError, describeCause } from "@plano/errors";

const pemCertificate = /-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END \1CERTIFICATE-----/g;

/** Reads a PEM file with certificates of authorities. Throws an `AppError` if there is none in it. */
export function readAuthorities(path: string, exitCode = 1): string {
  const fail = (message: string, cause?: unknown) =>
    new AppError(message, {
      code: "ca-file",
      cause,
      hint: "It must be a PEM file that this user may read, with the certificate of the server's authority.",
      exitCode,
    });
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw fail(`cannot read ca_file ${path}: ${describeCause(cause)}`, cause);
  }
  const certificates = text.match(pemCertificate) ?? [];
  if (certificates.length === 0) throw fail(`there is no PEM certificate in ca_file ${path}`);
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw fail(`a certificate in ca_file ${path} cannot be read`, cause);
  }
  return text;
}
