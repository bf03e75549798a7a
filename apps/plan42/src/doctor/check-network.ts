import { connect } from "node:net";
import { type Transport, transportFetch } from "@plano/client";
import { proxySettings } from "@plano/client/node";
import { createGithub } from "@plano/github";
import type { GithubConnectionConfig } from "@plano/runner-home";
import type { Environment } from "../context.ts";
import { tokenElsewhere } from "../jobs/missing-variables.ts";
import { type Finding, failed, failure, ok, skipped } from "./finding.ts";

const connectMilliseconds = 10_000;

/**
 * Whether an address outside is reached, through the proxy where there is one: the configuration's, else that of
 * the environment.
 */
export async function checkEgress(
  host: string,
  configured: string | undefined,
  environment: Environment,
): Promise<Finding> {
  const check = "egress";
  let proxy: string | undefined;
  try {
    proxy = proxySettings(environment, { configured }).httpsProxy;
  } catch (error) {
    return failed(check, error);
  }
  const via = proxy === undefined ? undefined : URL.parse(proxy);
  const place = via === null || via === undefined ? { host, port: 443 } : placeOf(via);
  const name = via ? `the proxy ${place.host}:${place.port}` : `${host}:443`;
  try {
    await reach(place);
    return ok(check, `${name} is reached`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const mend = via
      ? "Is the proxy right? It is http_proxy of the configuration, or HTTPS_PROXY."
      : "Jobs that fetch anything will fail. Behind a proxy set http_proxy; a firewall has to let them out.";
    return failure(check, `${name} is not reached: ${reason}`, mend);
  }
}

function placeOf({ hostname, port, protocol }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (protocol === "https:" ? 443 : 80) };
}

function reach(place: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...place, timeout: connectMilliseconds });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () =>
      socket.destroy(new Error(`no answer within ${connectMilliseconds / 1000} s`)),
    );
    socket.once("error", reject);
  });
}

/** Whether a GitHub answers and knows the token. `missing`: variables of the configuration that are not set here. */
export async function checkGithub(
  { name, url, token }: GithubConnectionConfig,
  missing: readonly string[],
  send: Transport,
): Promise<Finding> {
  const check = `github ${name}`;
  if (token === "" && missing.length > 0) return skipped(check, tokenElsewhere);
  if (token === "") return failure(check, "it has no token", "plan42 runner config asks for one.");
  try {
    const login = await createGithub({ url, token, fetch: transportFetch(send) }).userLogin();
    return ok(check, `${url} knows the token as ${login}`);
  } catch (error) {
    return failed(check, error, "A new token goes into the configuration: plan42 runner config");
  }
}
