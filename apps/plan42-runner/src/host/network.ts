import { createNodeTransport, type NodeTransport, proxySettings, readAuthorities } from "@plano/client/node";
import type { RunnerConfig } from "@plano/runner-home";
import type { Environment } from "../environment.ts";
import { exitCodes } from "../exit-codes.ts";

/** The transport to the service and to GitHub, with the proxy and the certificates of the configuration. */
export function createTransport(config: RunnerConfig, environment: Environment): NodeTransport {
  const { httpProxy, caFile, skipSslVerify } = config;
  return createNodeTransport({
    ...proxySettings(environment, { configured: httpProxy, exitCode: exitCodes.badConfig }),
    ...(caFile === undefined ? {} : { certificateAuthorities: readAuthorities(caFile, exitCodes.badConfig) }),
    verifyCertificates: !skipSslVerify,
  });
}
