mod escape;

use std::io;

use escape::push_escaped;

/// Appends JSON to a buffer, in the order it is told. Commas are its business,
/// balance is the caller's: objects and arrays are closures.
pub(crate) struct JsonWriter<'o> {
    out: &'o mut Vec<u8>,
    comma: bool,
}

impl<'o> JsonWriter<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, comma: false }
    }

    /// Goes on inside an object whose closing brace is still to come.
    pub(crate) fn inside(out: &'o mut Vec<u8>) -> Self {
        let comma = out.last().is_some_and(|byte| *byte != b'{');
        Self { out, comma }
    }

    /// Runs `write` with this writer as the inside of a new object.
    pub(crate) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.nest(b'{', b'}', write);
    }

    /// Runs `write` with this writer as the inside of a new array.
    pub(crate) fn array(&mut self, write: impl FnOnce(&mut Self)) {
        self.nest(b'[', b']', write);
    }

    fn nest(&mut self, open: u8, close: u8, write: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push(open);
        self.comma = false;
        write(self);
        self.out.push(close);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    /// A member name; the next call writes its value.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.out.push(b':');
        self.comma = false;
        self
    }

    pub(crate) fn string(&mut self, text: &str) {
        self.joined([text]);
    }

    /// One string of several parts.
    pub(crate) fn joined<'t>(&mut self, parts: impl IntoIterator<Item = &'t str>) {
        self.separate();
        self.out.push(b'"');
        for part in parts {
            push_escaped(self.out, part);
        }
        self.out.push(b'"');
    }

    /// `text` must be one JSON value.
    pub(crate) fn raw(&mut self, text: &str) {
        self.separate();
        self.out.extend_from_slice(text.as_bytes());
    }

    /// A number, a boolean, anything whose display form is JSON.
    pub(crate) fn display(&mut self, value: impl std::fmt::Display) {
        self.separate();
        let _ = io::Write::write_fmt(&mut *self.out, format_args!("{value}"));
    }

    pub(crate) fn null(&mut self) {
        self.raw("null");
    }

    pub(crate) fn member(&mut self, name: &str, text: &str) {
        self.key(name).string(text);
    }

    pub(crate) fn member_display(&mut self, name: &str, value: impl std::fmt::Display) {
        self.key(name).display(value);
    }

    pub(crate) fn member_raw(&mut self, name: &str, text: &str) {
        self.key(name).raw(text);
    }

    /// Members that are written already, without the braces around them.
    pub(crate) fn members(&mut self, text: &str) {
        if !text.is_empty() {
            self.raw(text);
        }
    }

    pub(crate) fn member_null(&mut self, name: &str) {
        self.key(name).null();
    }

    pub(crate) fn member_object(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.key(name).object(write);
    }

    pub(crate) fn member_array(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.key(name).array(write);
    }

    /// Written only when there is a value.
    pub(crate) fn maybe(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.member_display(name, value);
        }
    }

    /// Written only when there is a text.
    pub(crate) fn maybe_string(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.member(name, text);
        }
    }

    /// Several strings as one.
    pub(crate) fn member_joined<'t>(
        &mut self,
        name: &str,
        parts: impl IntoIterator<Item = &'t str>,
    ) {
        self.key(name).joined(parts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_commas_and_escapes() {
        let mut out = Vec::new();
        JsonWriter::new(&mut out).object(|w| {
            w.member("a\"", "line\nbreak");
            w.member_array("list", |w| {
                w.display(1);
                w.object(|_| {});
                w.array(|w| w.null());
            });
            w.maybe("absent", None::<u64>);
            w.member_joined("id", ["x_", "\n1"]);
            w.member_raw("raw", r#"{"k":[1, 2]}"#);
        });
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"a\"":"line\nbreak","list":[1,{},[null]],"id":"x_\n1","raw":{"k":[1, 2]}}"#
        );
    }
}
