import { readFileSync } from "node:fs";
import { createNodeTransport, type NodeTransport, proxySettings } from "@plano/client/node";
import { AppError, describeCause } from "@plano/errors";
import type { RunnerConfig } from "@plano/runner-home";
import type { Environment } from "../environment.ts";
import { exitCodes } from "../exit-codes.ts";

/** The transport to the service and to GitHub, with the proxy and the certificates of the configuration. */
export function createTransport(config: RunnerConfig, environment: Environment): NodeTransport {
  const proxies = proxySettings(environment);
  const { httpProxy, caFile, skipSslVerify } = config;
  return createNodeTransport({
    ...proxies,
    ...(httpProxy === undefined ? {} : { httpProxy, httpsProxy: httpProxy }),
    ...(caFile === undefined ? {} : { certificateAuthorities: readAuthorities(caFile) }),
    verifyCertificates: !skipSslVerify,
  });
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError(`cannot read ca_file ${path}: ${describeCause(cause)}`, {
      code: "ca-file",
      cause,
      hint: "It must be a PEM file that this user may read, with the certificate of the server's authority.",
      exitCode: exitCodes.badConfig,
    });
  }
}
