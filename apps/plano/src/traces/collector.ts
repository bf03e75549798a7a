import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type sendUnaryData,
  setLogVerbosity,
  status,
} from "@grpc/grpc-js";
import { AppError, describeCause } from "@plano/errors";
import { decodeSpans } from "./otlp.ts";
import type { Trace } from "./span.ts";
import { TraceStore } from "./store.ts";

// The library would print what is told in other words.
setLogVerbosity(logVerbosity.NONE);

const asIs = (bytes: Buffer) => bytes;
const unary = {
  requestStream: false,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
} as const;

const exportService = {
  export: { path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export", ...unary },
} satisfies ServiceDefinition;

/** Asks for what is kept; the answer is a {@link TraceList} as JSON. */
export const queryMethod = { path: "/plano.TraceQuery/GetTraces", ...unary } as const;
const queryService = { getTraces: queryMethod } satisfies ServiceDefinition;

export interface TraceList {
  /** The one that began last is the first. */
  readonly traces: readonly Trace[];
}

type Call = { readonly request: Buffer };

/** Takes spans over OTLP/gRPC and hands them out again. Resolves when it listens. Throws an AppError where it cannot. */
export async function startCollector(host: string, port: number): Promise<{ stop(): void }> {
  const store = new TraceStore();
  // Two that share a port would share the spans, too.
  const server = new Server({ "grpc.so_reuseport": 0 });
  server.addService(exportService, {
    export: ({ request }: Call, reply: sendUnaryData<Buffer>) => {
      try {
        for (const span of decodeSpans(request)) store.add(span);
      } catch (cause) {
        return reply({
          code: status.INVALID_ARGUMENT,
          details: `not an OTLP request: ${describeCause(cause)}`,
        });
      }
      reply(null, Buffer.alloc(0));
    },
  });
  server.addService(queryService, {
    getTraces: (_: Call, reply: sendUnaryData<Buffer>) => {
      const list: TraceList = { traces: store.traces() };
      reply(null, Buffer.from(JSON.stringify(list)));
    },
  });
  await new Promise<void>((resolve, reject) => {
    const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    server.bindAsync(address, ServerCredentials.createInsecure(), (cause) => {
      if (cause === null) return resolve();
      reject(
        new AppError(`cannot listen on ${address}: the port may be already in use`, {
          code: "listen-failed",
          cause,
          hint: `Choose another: planoai trace listen --port PORT. Or stop what has it: planoai trace down`,
        }),
      );
    });
  });
  return { stop: () => server.forceShutdown() };
}
