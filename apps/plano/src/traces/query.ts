import { Client, credentials } from "@grpc/grpc-js";
import { pause } from "../gateway/log-file.ts";
import { queryMethod, type TraceList } from "./collector.ts";
import type { Trace } from "./span.ts";

const limitMilliseconds = 3000;
/** What 50 traces of 500 spans can come to. */
const longestAnswer = 256 * 1024 * 1024;

/** How long the spans of a request that has just ended may be on their way. */
const arrivalMilliseconds = 2000;
const pollMilliseconds = 100;

/** The same as fetchTraces; a first trace that may be on its way is waited for. */
export async function awaitTraces(port: number): Promise<readonly Trace[] | undefined> {
  const deadline = Date.now() + arrivalMilliseconds;
  let traces = await fetchTraces(port);
  while (traces?.length === 0 && Date.now() < deadline) {
    await pause(pollMilliseconds);
    traces = await fetchTraces(port);
  }
  return traces;
}

/** The traces that a collector on this machine has, the one that began last first; undefined if none answers. */
export async function fetchTraces(port: number): Promise<readonly Trace[] | undefined> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": longestAnswer,
    "grpc.enable_http_proxy": 0,
  });
  const { path, requestSerialize, responseDeserialize } = queryMethod;
  try {
    return await new Promise((resolve) => {
      const options = { deadline: Date.now() + limitMilliseconds };
      const request = Buffer.alloc(0);
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        options,
        (error, answer) => {
          if (error !== null || answer === undefined) return resolve(undefined);
          const { traces }: TraceList = JSON.parse(answer.toString());
          resolve(traces);
        },
      );
    });
  } finally {
    client.close();
  }
}
