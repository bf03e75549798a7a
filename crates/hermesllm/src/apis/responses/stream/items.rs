//! Items of an answer while it is written.

use crate::apis::responses::output::{
    write_drawing_item, write_message_item, write_reasoning_item, write_refusal_part,
    write_text_part, CallItem,
};
use crate::ir::{Citation, ThoughtKind};
use crate::json::JsonWriter;

/// Of an item whose content is still to come.
pub(super) const IN_PROGRESS: &str = "in_progress";

/// An item that has been announced.
#[derive(Debug)]
pub(super) struct OpenItem {
    pub(super) id: String,
    /// Place in the output.
    pub(super) index: u32,
    pub(super) content: ItemContent,
}

#[derive(Debug)]
pub(super) enum ItemContent {
    /// Goes on until something else comes: neighbouring texts are its parts.
    Message(Vec<MessagePart>),
    Reasoning(Reasoning),
    Call(Call),
    Drawing(Drawing),
}

#[derive(Debug)]
pub(super) struct MessagePart {
    pub(super) key: u32,
    pub(super) refusal: bool,
    pub(super) text: String,
    pub(super) citations: Vec<Citation<'static>>,
    pub(super) done: bool,
}

#[derive(Debug)]
pub(super) struct Reasoning {
    pub(super) key: u32,
    pub(super) kind: ThoughtKind,
    pub(super) summary: String,
    pub(super) encrypted: Option<String>,
}

/// An image, known whole.
#[derive(Debug)]
pub(super) struct Drawing {
    pub(super) media_type: String,
    /// Base64.
    pub(super) data: String,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) key: u32,
    pub(super) call_id: String,
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) custom: bool,
    /// The input comes as JSON arguments and is raised when they are whole.
    pub(super) lowered: bool,
    pub(super) input: String,
}

impl OpenItem {
    /// Whether `key` is a block of this item.
    pub(super) fn holds(&self, key: u32) -> bool {
        match &self.content {
            ItemContent::Message(parts) => parts.iter().any(|part| part.key == key),
            ItemContent::Reasoning(reasoning) => reasoning.key == key,
            ItemContent::Call(call) => call.key == key,
            ItemContent::Drawing(_) => false,
        }
    }

    /// The whole item; `call` input is as the client sees it.
    pub(super) fn write(&self, w: &mut JsonWriter<'_>, status: &str) {
        match &self.content {
            ItemContent::Message(parts) => write_message_item(w, &self.id, status, |w| {
                parts.iter().for_each(|part| part.write(w));
            }),
            ItemContent::Reasoning(reasoning) => write_reasoning_item(
                w,
                &self.id,
                status,
                &reasoning.summary,
                reasoning.encrypted.as_deref(),
            ),
            ItemContent::Call(call) => call.write(w, &self.id, status, &call.input),
            ItemContent::Drawing(drawing) => {
                let result = (status != IN_PROGRESS).then_some(&*drawing.data);
                write_drawing_item(w, &self.id, status, &drawing.media_type, result);
            }
        }
    }

    pub(super) fn to_json(&self, status: &str) -> String {
        let mut out = Vec::new();
        self.write(&mut JsonWriter::new(&mut out), status);
        String::from_utf8(out).unwrap_or_default()
    }
}

impl MessagePart {
    pub(super) fn write(&self, w: &mut JsonWriter<'_>) {
        match self.refusal {
            true => write_refusal_part(w, &self.text),
            false => write_text_part(w, &self.text, &self.citations, None),
        }
    }
}

impl Call {
    pub(super) fn write(&self, w: &mut JsonWriter<'_>, id: &str, status: &str, input: &str) {
        let item = CallItem {
            id,
            status,
            call_id: &self.call_id,
            name: &self.name,
            namespace: self.namespace.as_deref(),
            custom: self.custom,
        };
        item.write(w, input);
    }
}
