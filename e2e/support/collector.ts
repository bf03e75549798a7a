import { Server, ServerCredentials, type sendUnaryData, status } from "@grpc/grpc-js";
import type { Certificates } from "@plano/testkit";
import protobuf from "protobufjs";
import { machineName, standInAddress } from "./mode.ts";

/** The part of opentelemetry-proto 1.x that is read here. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
    int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; repeated Event events = 11; Status status = 15;
  }
  message Event { fixed64 time_unix_nano = 1; string name = 2; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }
`);
const requestType = root.lookupType("Request");

export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty at the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly events: readonly string[];
  /** Undefined while nothing is said of it. */
  readonly status: { readonly code: number; readonly message: string } | undefined;
}

/** A collector that keeps what it is sent over OTLP/gRPC. */
export interface Collector {
  /** As the gateway reaches it. */
  readonly url: string;
  readonly port: number;
  readonly spans: ReceivedSpan[];
  /** All bytes that have come. */
  readonly received: Buffer[];
  /** Lets it refuse what comes from now on. */
  refuse(refusing: boolean): void;
  close(): void;
}

const asIs = (bytes: Buffer) => bytes;
const service = {
  export: {
    path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
} as const;

export async function startCollector(
  options: { readonly tls?: Certificates; readonly port?: number } = {},
): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const received: Buffer[] = [];
  let refusing = false;
  const server = new Server();
  server.addService(service, {
    export({ request }: { readonly request: Buffer }, reply: sendUnaryData<Buffer>) {
      if (refusing) return reply({ code: status.UNAVAILABLE });
      received.push(request);
      spans.push(...spansOf(request));
      reply(null, Buffer.alloc(0));
    },
  });
  const { tls } = options;
  const credentials = tls
    ? ServerCredentials.createSsl(null, [
        { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) },
      ])
    : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${standInAddress}:${options.port ?? 0}`, credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    url: `${tls ? "https" : "http"}://${machineName}:${port}`,
    port,
    spans,
    received,
    refuse: (value) => {
      refusing = value;
    },
    close: () => server.forceShutdown(),
  };
}

interface KeyValue {
  readonly key: string;
  readonly value?: Readonly<Record<string, string | number | boolean>>;
}

interface WrittenSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: number;
  readonly endTimeUnixNano: number;
  readonly attributes: readonly KeyValue[];
  readonly events: readonly { readonly name: string }[];
  readonly status?: { readonly code: number; readonly message: string };
}

interface WrittenRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly WrittenSpan[] }[];
  }[];
}

function spansOf(bytes: Buffer): ReceivedSpan[] {
  const shape = { longs: Number, arrays: true, defaults: false };
  const request = requestType.toObject(requestType.decode(bytes), shape) as WrittenRequest;
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)["service.name"]);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => receivedSpan(service, span)));
  });
}

function receivedSpan(service: string, span: WrittenSpan): ReceivedSpan {
  const hex = (bytes: Buffer | undefined) => Buffer.from(bytes ?? []).toString("hex");
  return {
    service,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    name: span.name,
    kind: span.kind,
    start: span.startTimeUnixNano / 1e6,
    end: span.endTimeUnixNano / 1e6,
    attributes: valuesOf(span.attributes),
    events: span.events.map(({ name }) => name),
    status: span.status,
  };
}

function valuesOf(pairs: readonly KeyValue[]): ReceivedSpan["attributes"] {
  return Object.fromEntries(pairs.map(({ key, value = {} }) => [key, Object.values(value)[0] ?? ""]));
}
