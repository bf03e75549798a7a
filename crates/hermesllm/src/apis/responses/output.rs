//! Items of an answer on the way to a client.

use super::parts::write_annotation;
use crate::ir::Citation;
use crate::json::JsonWriter;
use crate::tools::ClientTool;

pub(super) fn write_message_item(
    w: &mut JsonWriter<'_>,
    id: &str,
    status: &str,
    write_parts: impl FnOnce(&mut JsonWriter<'_>),
) {
    w.object(|w| {
        w.member("id", id);
        w.member("type", "message");
        w.member("status", status);
        w.member("role", "assistant");
        w.member_array("content", write_parts);
    });
}

/// `logprobs` is an array of them.
pub(super) fn write_text_part<'c, 't: 'c>(
    w: &mut JsonWriter<'_>,
    text: &str,
    citations: impl IntoIterator<Item = &'c Citation<'t>>,
    logprobs: Option<&str>,
) {
    w.object(|w| {
        w.member("type", "output_text");
        w.member_array("annotations", |w| {
            for citation in citations {
                write_annotation(w, citation, text);
            }
        });
        w.member_raw("logprobs", logprobs.unwrap_or("[]"));
        w.member("text", text);
    });
}

pub(super) fn write_refusal_part(w: &mut JsonWriter<'_>, text: &str) {
    w.object(|w| {
        w.member("type", "refusal");
        w.member("refusal", text);
    });
}

pub(super) fn write_summary_part(w: &mut JsonWriter<'_>, text: &str) {
    w.object(|w| {
        w.member("type", "summary_text");
        w.member("text", text);
    });
}

/// An empty summary has no part.
pub(super) fn write_reasoning_item(
    w: &mut JsonWriter<'_>,
    id: &str,
    status: &str,
    summary: &str,
    encrypted: Option<&str>,
) {
    w.object(|w| {
        w.member("id", id);
        w.member("type", "reasoning");
        w.member("status", status);
        w.member_array("summary", |w| {
            if !summary.is_empty() {
                write_summary_part(w, summary);
            }
        });
        w.maybe_string("encrypted_content", encrypted);
    });
}

/// What the model drew; `result` is its base64, once it is there.
pub(super) fn write_drawing_item(
    w: &mut JsonWriter<'_>,
    id: &str,
    status: &str,
    media_type: &str,
    result: Option<&str>,
) {
    w.object(|w| {
        w.member("id", id);
        w.member("type", "image_generation_call");
        w.member("status", status);
        w.maybe_string("output_format", media_type.strip_prefix("image/"));
        match result {
            Some(data) => w.member("result", data),
            None => w.member_null("result"),
        }
    });
}

/// A call as the client names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallItem<'c> {
    pub(super) id: &'c str,
    pub(super) status: &'c str,
    pub(super) call_id: &'c str,
    pub(super) name: &'c str,
    pub(super) namespace: Option<&'c str>,
    /// The input is free text.
    pub(super) custom: bool,
}

impl<'c> CallItem<'c> {
    pub(super) fn of_tool(tool: ClientTool<'c>, id: &'c str, call_id: &'c str, raw: bool) -> Self {
        Self {
            id,
            status: "completed",
            call_id,
            name: tool.name,
            namespace: tool.namespace,
            custom: tool.lowered || raw,
        }
    }

    /// Prefix of the ids of calls of this kind.
    pub(super) fn prefix(custom: bool) -> &'static str {
        if custom {
            "ctc_"
        } else {
            "fc_"
        }
    }

    /// The item with `input`, which is JSON text or free text.
    pub(super) fn write(&self, w: &mut JsonWriter<'_>, input: &str) {
        w.object(|w| {
            w.member("id", self.id);
            let kind = if self.custom {
                "custom_tool_call"
            } else {
                "function_call"
            };
            w.member("type", kind);
            w.member("status", self.status);
            w.member(if self.custom { "input" } else { "arguments" }, input);
            w.member("call_id", self.call_id);
            w.member("name", self.name);
            w.maybe_string("namespace", self.namespace);
        });
    }
}
