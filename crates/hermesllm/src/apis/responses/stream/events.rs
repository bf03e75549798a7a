use crate::json::JsonWriter;
use crate::tools::raise_input;

use super::items::{Call, MessagePart};

/// Numbers events as it writes them.
#[derive(Debug, Default)]
pub(super) struct EventWriter {
    pub(super) out: Vec<u8>,
    next_sequence: u64,
}

impl EventWriter {
    pub(super) fn write(&mut self, name: &str, write: impl FnOnce(&mut JsonWriter<'_>)) {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let out = &mut self.out;
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        JsonWriter::new(out).object(|w| {
            w.member("type", name);
            w.member_display("sequence_number", sequence);
            write(w);
        });
        out.extend_from_slice(b"\n\n");
    }

    pub(super) fn write_input(&mut self, id: &str, index: u32, custom: bool, text: &str) {
        let name = match custom {
            true => "response.custom_tool_call_input.delta",
            false => "response.function_call_arguments.delta",
        };
        self.write(name, |w| {
            w.member("item_id", id);
            w.member_display("output_index", index);
            w.member("delta", text);
        });
    }

    pub(super) fn write_part_done(
        &mut self,
        id: &str,
        index: u32,
        ordinal: usize,
        part: &MessagePart,
    ) {
        match part.refusal {
            true => self.write("response.refusal.done", |w| {
                write_place(w, id, index, "content_index", ordinal);
                w.member("refusal", &part.text);
            }),
            false => self.write("response.output_text.done", |w| {
                write_place(w, id, index, "content_index", ordinal);
                w.member("text", &part.text);
                w.member_array("logprobs", |_| {});
            }),
        }
        self.write("response.content_part.done", |w| {
            write_place(w, id, index, "content_index", ordinal);
            part.write(w.key("part"));
        });
    }

    pub(super) fn finish_call(&mut self, id: &str, index: u32, call: &mut Call) {
        if call.lowered {
            let text = raise_input(&call.input).into_owned();
            call.input = text;
            self.write_input(id, index, true, &call.input);
        } else if call.input.is_empty() && !call.custom {
            call.input.push_str("{}");
            self.write_input(id, index, false, "{}");
        }
        let (name, member) = match call.custom {
            true => ("response.custom_tool_call_input.done", "input"),
            false => ("response.function_call_arguments.done", "arguments"),
        };
        self.write(name, |w| {
            w.member("item_id", id);
            w.member_display("output_index", index);
            w.member(member, &call.input);
        });
    }
}

pub(super) fn write_place(w: &mut JsonWriter<'_>, id: &str, index: u32, member: &str, part: usize) {
    w.member("item_id", id);
    w.member_display("output_index", index);
    w.member_display(member, part);
}
