//! Spans as OTLP writes them, <https://github.com/open-telemetry/opentelemetry-proto>:
//! the part of `trace.proto`, `resource.proto` and `common.proto` that is used here.

use bytes::{BufMut, Bytes, BytesMut};
use gateway_core::AttributeValue as Value;
use prost::{Message, Oneof};

use super::span::{Part, Span};

#[derive(Clone, PartialEq, Message)]
struct ExportRequest {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<SpanMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
struct SpanMessage {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, repeated, tag = "11")]
    events: Vec<Event>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(fixed64, tag = "1")]
    time_unix_nano: u64,
    #[prost(string, tag = "2")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(oneof = "OneValue", tags = "1, 2, 3")]
    value: Option<OneValue>,
}

#[derive(Clone, PartialEq, Oneof)]
enum OneValue {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Flag(bool),
    #[prost(int64, tag = "3")]
    Number(i64),
}

const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const STATUS_ERROR: i32 = 2;

/// Bytes before a message of gRPC: whether it is packed, and its length.
const FRAME_HEAD: usize = 5;

/// All of `spans` as one message of gRPC.
pub(super) fn message(spans: Vec<Span>) -> Bytes {
    let request = request(spans);
    let length = request.encoded_len();
    let mut frame = BytesMut::with_capacity(FRAME_HEAD + length);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    frame.put(request.encode_to_vec().as_slice());
    frame.freeze()
}

fn request(spans: Vec<Span>) -> ExportRequest {
    let mut of_parts = Part::ALL.map(|part| (part, Vec::new()));
    for span in spans {
        for (part, of_part) in &mut of_parts {
            if *part == span.part {
                of_part.push(written(span));
                break;
            }
        }
    }
    let resource_spans = of_parts
        .into_iter()
        .filter(|(_, spans)| !spans.is_empty())
        .map(|(part, spans)| of_service(part.service(), spans))
        .collect();
    ExportRequest { resource_spans }
}

fn of_service(name: &str, spans: Vec<SpanMessage>) -> ResourceSpans {
    let version = env!("CARGO_PKG_VERSION");
    let attributes = [("service.name", name), ("service.version", version)];
    let attributes = attributes.map(|(key, value)| key_value(key, Value::Text(value.to_owned())));
    let scope = Scope {
        name: "brightstaff".to_owned(),
        version: version.to_owned(),
    };
    ResourceSpans {
        resource: Some(Resource {
            attributes: attributes.into(),
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(scope),
            spans,
        }],
    }
}

fn written(span: Span) -> SpanMessage {
    let event = span.first_token.map(|time_unix_nano| Event {
        time_unix_nano,
        name: "llm.time_to_first_token".to_owned(),
    });
    let own = &span.attributes;
    let fixed: Vec<KeyValue> = span
        .fixed
        .iter()
        .filter(|(key, _)| own.iter().all(|(name, _)| name != key))
        .map(|(key, value)| key_value(key, Value::Text(value.clone())))
        .collect();
    let attributes = span.attributes.into_iter();
    let parent = span.parent.map(|parent| parent.to_be_bytes().to_vec());
    SpanMessage {
        trace_id: span.trace.to_be_bytes().to_vec(),
        span_id: span.id.to_be_bytes().to_vec(),
        parent_span_id: parent.unwrap_or_default(),
        name: span.name,
        kind: match span.part {
            Part::Inbound => SERVER,
            Part::Model => CLIENT,
        },
        start_time_unix_nano: span.start,
        end_time_unix_nano: span.end,
        attributes: attributes
            .map(|(key, value)| key_value(key, value))
            .chain(fixed)
            .collect(),
        events: event.into_iter().collect(),
        status: span.failed.then(|| Status {
            message: span.error.unwrap_or_default(),
            code: STATUS_ERROR,
        }),
    }
}

fn key_value(key: &str, value: Value) -> KeyValue {
    let value = match value {
        Value::Text(text) => OneValue::Text(text),
        Value::Number(number) => OneValue::Number(i64::try_from(number).unwrap_or(i64::MAX)),
        Value::Flag(flag) => OneValue::Flag(flag),
    };
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spans::tests::span;

    #[test]
    fn a_message_reads_as_it_was_written() {
        let inbound = Span {
            parent: None,
            first_token: None,
            failed: false,
            ..span(Part::Inbound)
        };
        let frame = message(vec![inbound, span(Part::Model), span(Part::Model)]);
        assert_eq!(frame[0], 0);
        let length = u32::from_be_bytes(frame[1..5].try_into().unwrap());
        assert_eq!(length as usize, frame.len() - FRAME_HEAD);
        let read = ExportRequest::decode(&frame[FRAME_HEAD..]).unwrap();
        let services: Vec<_> = read
            .resource_spans
            .iter()
            .map(|of| {
                let resource = of.resource.as_ref().unwrap();
                let value = resource.attributes[0].value.clone().unwrap().value;
                (value.unwrap(), of.scope_spans[0].spans.len())
            })
            .collect();
        let text = |text: &str| OneValue::Text(text.to_owned());
        assert_eq!(
            services,
            [(text("plano(inbound)"), 1), (text("plano(llm)"), 2)]
        );
        let inbound = &read.resource_spans[0].scope_spans[0].spans[0];
        assert!(inbound.parent_span_id.is_empty() && inbound.status.is_none());
        assert_eq!(inbound.kind, SERVER);
        let model = &read.resource_spans[1].scope_spans[0].spans[0];
        assert_eq!(model.trace_id, 7u128.to_be_bytes());
        assert_eq!(model.span_id, 8u64.to_be_bytes());
        assert_eq!(model.parent_span_id, 9u64.to_be_bytes());
        assert_eq!(
            (model.start_time_unix_nano, model.end_time_unix_nano),
            (1, 5)
        );
        assert_eq!(model.events[0].time_unix_nano, 3);
        assert_eq!(model.status.as_ref().unwrap().message, "it failed");
        let values: Vec<_> = model
            .attributes
            .iter()
            .map(|pair| {
                (
                    pair.key.as_str(),
                    pair.value.clone().unwrap().value.unwrap(),
                )
            })
            .collect();
        assert_eq!(
            values,
            [
                ("http.target", text("/v1/é")),
                ("llm.is_streaming", OneValue::Flag(true)),
                ("http.status_code", OneValue::Number(503)),
                ("team", text("platform")),
            ]
        );
    }

    #[test]
    fn fields_have_their_numbers() {
        let status = Status {
            message: "a".to_owned(),
            code: STATUS_ERROR,
        };
        assert_eq!(status.encode_to_vec(), [0x12, 1, b'a', 0x18, 2]);
        let attribute = key_value("k", Value::Flag(true));
        assert_eq!(attribute.encode_to_vec(), [0x0a, 1, b'k', 0x12, 2, 0x10, 1]);
    }
}
