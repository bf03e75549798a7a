import { get } from "node:http";

/** The address that a client on this machine reaches a listener at. */
export function clientUrl({ address, port }: { readonly address: string; readonly port: number }): string {
  const host =
    address === "0.0.0.0"
      ? "127.0.0.1"
      : address === "::"
        ? "[::1]"
        : address.includes(":")
          ? `[${address}]`
          : address;
  return `http://${host}:${port}`;
}

/** Whether `GET <url>/healthz` answers 200 within a second. Never rejects. */
export function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/healthz`, { agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
    request.on("close", () => resolve(false));
  });
}
