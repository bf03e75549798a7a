import { existsSync } from "node:fs";
import { rootCertificates } from "node:tls";
import type { Environment } from "../context.ts";
import { type RunFiles, writePrivateFile } from "../gateway/run-files.ts";

const usual = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/** The authorities that this machine trusts, in one file; those of Node where the system keeps none. */
export function caFile({ SSL_CERT_FILE }: Environment, files: RunFiles): string {
  const found = [SSL_CERT_FILE, ...usual].find((path) => path && existsSync(path));
  if (found !== undefined) return found;
  writePrivateFile(files.caFile, `${rootCertificates.join("\n")}\n`);
  return files.caFile;
}
