import { type EnvoyDeployment, type GatewayConfig, renderEnvoyBootstrap } from "@plano/config/gateway";
import { AppError } from "@plano/errors";
import {
  envoyBootstrap,
  envoyProgram,
  envoySettings,
  filters,
  imageAuthorities,
  stateFolder,
  systemAuthorities,
} from "./places.ts";

/** Where everything is in an image with Envoy. Its logs go where the program's goes. */
const deployment: EnvoyDeployment = {
  filters,
  brightstaff: { address: "127.0.0.1", port: 9091 },
  admin: { address: "127.0.0.1", port: 9901 },
  discoveryFolder: `${stateFolder}/envoy`,
  caFile: imageAuthorities,
};

/** The same for a container, which may have authorities of this machine. */
export function envoyDeployment(hasSystemAuthorities: boolean): EnvoyDeployment {
  return hasSystemAuthorities ? { ...deployment, caFile: systemAuthorities } : deployment;
}

/** Files of an image with Envoy that are the same in all of them, by their paths in it. */
export function envoyFiles(): Readonly<Record<string, string>> {
  const { brightstaff, admin, discoveryFolder } = deployment;
  const settings = {
    program: envoyProgram,
    bootstrap: envoyBootstrap,
    discovery: discoveryFolder,
    admin: `${admin.address}:${admin.port}`,
    brightstaff,
    pid_file: `${stateFolder}/envoy.pid`,
  };
  return {
    [envoySettings]: `${JSON.stringify(settings, null, 2)}\n`,
    [envoyBootstrap]: renderEnvoyBootstrap(deployment),
  };
}

/** Throws an AppError where a configuration wants ports that are taken inside the container. */
export function refuseInnerPorts({ listeners, metrics }: GatewayConfig): void {
  const inner = [deployment.brightstaff.port, deployment.admin.port];
  const wanted = [...listeners, metrics].find(({ port }) => inner.includes(port));
  if (wanted === undefined) return;
  throw new AppError(`port ${wanted.port} is in use inside a container with Envoy`, {
    code: "port-in-use",
    hint: `Choose another one than ${inner.join(" and ")}.`,
  });
}
