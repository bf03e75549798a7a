import { Client, credentials } from "@grpc/grpc-js";
import protobuf from "protobufjs/light.js";

/** One span as an exporter writes it, field by field: numbers and wire types of opentelemetry-proto. */
export function request(): Uint8Array {
  const bytes = (fill: (writer: protobuf.Writer) => void) => {
    const writer = protobuf.Writer.create();
    fill(writer);
    return writer.finish();
  };
  const pair = (key: string, value: Uint8Array) =>
    bytes((w) => w.uint32(10).string(key).uint32(18).bytes(value));
  const list = bytes((w) => w.uint32(42).bytes(new Uint8Array()));
  const span = bytes((w) =>
    w
      .uint32(10)
      .bytes(Buffer.from("4f2c9a10".repeat(4), "hex"))
      .uint32(18)
      .bytes(Buffer.from("0102030405060708", "hex"))
      .uint32(42)
      .string("POST /v1/messages")
      .uint32(57)
      .fixed64("1795346992662789000")
      .uint32(65)
      .fixed64("1795346992682418001")
      .uint32(74)
      .bytes(
        pair(
          "llm.model",
          bytes((v) => v.uint32(10).string("gpt-4o")),
        ),
      )
      .uint32(74)
      .bytes(
        pair(
          "llm.is_streaming",
          bytes((v) => v.uint32(16).bool(false)),
        ),
      )
      .uint32(74)
      .bytes(
        pair(
          "tokens",
          bytes((v) => v.uint32(24).int64("9007199254740993")),
        ),
      )
      .uint32(74)
      .bytes(
        pair(
          "share",
          bytes((v) => v.uint32(33).double(0.5)),
        ),
      )
      .uint32(74)
      .bytes(pair("a.list", list))
      .uint32(122)
      .bytes(bytes((s) => s.uint32(18).string("it broke off").uint32(24).int32(2))),
  );
  const scope = bytes((w) => w.uint32(18).bytes(span));
  const service = pair(
    "service.name",
    bytes((v) => v.uint32(10).string("plano(llm)")),
  );
  const resource = bytes((w) => w.uint32(10).bytes(service));
  return bytes((w) => w.uint32(10).bytes(bytes((r) => r.uint32(10).bytes(resource).uint32(18).bytes(scope))));
}

/** What it says. */
export const decoded = {
  traceId: "4f2c9a10".repeat(4),
  spanId: "0102030405060708",
  parentSpanId: "",
  name: "POST /v1/messages",
  startTimeUnixNano: "1795346992662789000",
  endTimeUnixNano: "1795346992682418001",
  service: "plano(llm)",
  attributes: [
    { key: "llm.model", value: { stringValue: "gpt-4o" } },
    { key: "llm.is_streaming", value: { boolValue: false } },
    { key: "tokens", value: { intValue: "9007199254740993" } },
    { key: "share", value: { doubleValue: 0.5 } },
    { key: "error.message", value: { stringValue: "it broke off" } },
  ],
};

/** Sends a body to the trace service at a port, as exporters do; resolves to the status of gRPC. */
export async function exportSpans(port: number, body: Uint8Array): Promise<number> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  const asIs = (bytes: Buffer) => bytes;
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(path, asIs, asIs, Buffer.from(body), (error) => resolve(error?.code ?? 0));
    });
  } finally {
    client.close();
  }
}
