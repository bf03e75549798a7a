//! What a reply repeats of its request.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::wire::ResponsesRequest;
use crate::json::JsonWriter;

/// Longest member that is repeated, in bytes: it is kept while the reply is
/// streamed. A longer one is shown as if it were absent.
const LONGEST: usize = 16 * 1024;

/// The members as `"a":1,"b":2`. Nothing is made up: what the client left to
/// the provider is null where that is allowed, else the documented default.
pub(super) fn echo(wire: &ResponsesRequest<'_>) -> String {
    let mut out = Vec::with_capacity(512);
    JsonWriter::new(&mut out).object(|w| {
        let mut raw = |name: &str, value: Option<&RawValue>, absent: &str| {
            let value = value.map(RawValue::get);
            let short = value.filter(|text| text.len() <= LONGEST);
            w.member_raw(name, &on_one_line(short.unwrap_or(absent)));
        };
        raw("instructions", wire.instructions, "null");
        raw("metadata", wire.metadata, "{}");
        raw(
            "reasoning",
            wire.reasoning,
            r#"{"effort":null,"summary":null}"#,
        );
        raw("text", wire.text, r#"{"format":{"type":"text"}}"#);
        raw("tool_choice", wire.tool_choice, r#""auto""#);
        raw("tools", wire.tools, "[]");
        w.member_display(
            "parallel_tool_calls",
            wire.parallel_tool_calls.unwrap_or(true),
        );
        for (name, number) in [
            ("max_output_tokens", wire.max_output_tokens),
            ("max_tool_calls", wire.max_tool_calls),
        ] {
            match number {
                Some(number) => w.member_display(name, number),
                None => w.member_null(name),
            }
        }
        for (name, number) in [("temperature", &wire.temperature), ("top_p", &wire.top_p)] {
            match number {
                Some(number) => w.member_display(name, number),
                None => w.member_null(name),
            }
        }
        w.member_display("top_logprobs", wire.top_logprobs.unwrap_or(0));
        w.member(
            "truncation",
            wire.truncation.as_deref().unwrap_or("disabled"),
        );
        w.member_display("store", wire.store.unwrap_or(false));
        w.member_display("background", false);
        w.member_null("previous_response_id");
        for (name, text) in [
            ("user", &wire.user),
            ("safety_identifier", &wire.safety_identifier),
            ("prompt_cache_key", &wire.prompt_cache_key),
        ] {
            w.maybe_string(name, text.as_deref());
        }
    });
    let text = String::from_utf8(out).unwrap_or_default();
    let members = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    members.unwrap_or_default().to_owned()
}

/// JSON without line ends, which would end the `data` of an event. Inside its
/// strings they are escaped already.
fn on_one_line(json: &str) -> Cow<'_, str> {
    match json.contains(['\n', '\r']) {
        true => Cow::Owned(json.replace(['\n', '\r'], " ")),
        false => Cow::Borrowed(json),
    }
}
