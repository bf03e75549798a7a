import type { ResponseTo } from "@plano/protocol";

/** Shows that the queue is alive. */
export async function ping(): Promise<ResponseTo<"PingRequest">> {
  return { Type: "PingResponse" };
}
