import protobuf from "protobufjs/light.js";
import type { Attribute, AttributeValue, Span } from "./span.ts";

type Field = readonly [id: number, type: string, rule?: "repeated"];

function message(fields: Readonly<Record<string, Field>>) {
  const entries = Object.entries(fields).map(([name, [id, type, rule]]) => [
    name,
    { id, type, ...(rule === undefined ? {} : { rule }) },
  ]);
  return { fields: Object.fromEntries(entries) };
}

/**
 * What is read of the messages of a trace service; other fields are passed over.
 * Source: opentelemetry-proto 1.x, `collector/trace/v1/trace_service.proto` and what it imports.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    Request: message({ resourceSpans: [1, "ResourceSpans", "repeated"] }),
    ResourceSpans: message({ resource: [1, "Resource"], scopeSpans: [2, "ScopeSpans", "repeated"] }),
    Resource: message({ attributes: [1, "KeyValue", "repeated"] }),
    ScopeSpans: message({ spans: [2, "Span", "repeated"] }),
    Span: message({
      traceId: [1, "bytes"],
      spanId: [2, "bytes"],
      parentSpanId: [4, "bytes"],
      name: [5, "string"],
      startTimeUnixNano: [7, "fixed64"],
      endTimeUnixNano: [8, "fixed64"],
      attributes: [9, "KeyValue", "repeated"],
      status: [15, "Status"],
    }),
    Status: message({ message: [2, "string"], code: [3, "int32"] }),
    KeyValue: message({ key: [1, "string"], value: [2, "AnyValue"] }),
    AnyValue: {
      oneofs: { value: { oneof: ["stringValue", "boolValue", "intValue", "doubleValue"] } },
      ...message({
        stringValue: [1, "string"],
        boolValue: [2, "bool"],
        intValue: [3, "int64"],
        doubleValue: [4, "double"],
      }),
    },
  },
});
const requestType = root.lookupType("Request");

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] } | null;
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>> | null;
}

interface WireSpan {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId: Uint8Array;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly message: string; readonly code: number } | null;
}

const statusError = 2;

/** The spans of an `ExportTraceServiceRequest`. Throws where the bytes are none. */
export function decodeSpans(bytes: Uint8Array): Span[] {
  const request = requestType.toObject(requestType.decode(bytes), {
    longs: String,
    defaults: true,
    arrays: true,
    oneofs: false,
  }) as Request;
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = attributesOf(resource?.attributes ?? []).find(({ key }) => key === "service.name");
    const name = service !== undefined && "stringValue" in service.value ? service.value.stringValue : "";
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => spanOf(span, name || "unknown")));
  });
}

function spanOf(span: WireSpan, service: string): Span {
  const attributes = attributesOf(span.attributes);
  const override = attributes.find(({ key }) => key === "service.name.override")?.value;
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    name: span.name,
    startTimeUnixNano: span.startTimeUnixNano,
    endTimeUnixNano: span.endTimeUnixNano,
    service: override !== undefined && "stringValue" in override ? override.stringValue : service,
    attributes: [...attributes.filter(({ key }) => key !== "service.name.override"), ...errorOf(span)],
  };
}

/** What the status says of a failure, where no attribute does. */
function errorOf({ status, attributes }: WireSpan): Attribute[] {
  if (status?.code !== statusError || attributes.some(({ key }) => key === "error.message")) return [];
  return status.message === "" ? [] : [{ key: "error.message", value: { stringValue: status.message } }];
}

/** Lists, maps and bytes have no place in a line: they are left out. */
function attributesOf(pairs: readonly KeyValue[]): Attribute[] {
  return pairs.flatMap(({ key, value }) => {
    const [found] = Object.entries(value ?? {});
    return found === undefined ? [] : [{ key, value: Object.fromEntries([found]) as AttributeValue }];
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
