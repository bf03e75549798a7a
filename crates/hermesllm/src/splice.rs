//! One pass over a JSON request body, as it arrives, that finds the few
//! top-level fields a gateway needs without building a tree.
//!
//! The scanner checks the grammar of the outermost object, and of what is nested
//! in it the strings, the balance of brackets and the depth. It does not check
//! nested values beyond that: the receiver of the body does. Spans are offsets into the whole
//! body, so a field can be replaced while every other byte stays as received.

mod block;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod wide_block;

use std::ops::Range;

use block::{Brackets, Carry, BLOCK};
use memchr::memchr2;
use thiserror::Error;

/// Deepest nesting accepted, counting the outermost object.
pub const MAX_DEPTH: usize = 256;

/// Longest `model` value accepted, in bytes as written.
pub const MAX_MODEL_BYTES: usize = 1024;

/// Longest top-level key that is compared; longer keys are skipped.
const MAX_KEY_BYTES: usize = 64;

/// Why a body is not acceptable. All are the client's fault (400).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScanError {
    /// No bytes, or only white space.
    #[error("the request body is empty")]
    Empty,
    /// The outermost value is not an object.
    #[error("the request body must be a JSON object")]
    NotAnObject,
    /// A byte that cannot stand where it does.
    #[error("the request body is not valid JSON: unexpected {found} at byte {offset}")]
    Unexpected { found: String, offset: usize },
    /// The body ended inside the object.
    #[error("the request body is not valid JSON: it ends after {offset} bytes, before its closing brace")]
    Truncated { offset: usize },
    /// More than [`MAX_DEPTH`] levels.
    #[error("the request body is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A field the gateway reads occurs twice.
    #[error("the request body has the key '{0}' twice")]
    DuplicateKey(&'static str),
    /// `model` is not a string, or longer than [`MAX_MODEL_BYTES`].
    #[error("'model' must be a string of valid characters and at most {MAX_MODEL_BYTES} bytes")]
    BadModel,
}

/// The top-level fields seen so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// The model name, unescaped; absent when it is null.
    pub model: Option<String>,
    /// Where the value of `model` stands, its quotes included.
    pub model_span: Option<Range<usize>>,
    /// `stream`, when it is `true` or `false`.
    pub stream: Option<bool>,
    /// `previous_response_id` is present and not null.
    pub previous_response_id: bool,
    /// Where the outermost object opens: the offset after its brace.
    pub object_start: usize,
    /// The object has at least one key.
    pub has_keys: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Model,
    Stream,
    PreviousResponseId,
    Other,
}

impl Field {
    fn from_key(key: &[u8]) -> Self {
        match key {
            b"model" => Self::Model,
            b"stream" => Self::Stream,
            b"previous_response_id" => Self::PreviousResponseId,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the outermost brace.
    Start,
    /// After the outermost brace: a key or the end.
    FirstKey,
    /// After a comma: a key.
    NextKey,
    Key,
    Colon,
    Value,
    /// Inside a string that is the value of a top-level field.
    StringValue,
    /// Inside a number or literal.
    Scalar,
    /// Inside an object or array below the outermost object.
    Nested,
    AfterValue,
    Done,
}

/// Finds [`Fields`] in a body that is pushed piece by piece.
#[derive(Debug)]
pub struct RequestScanner {
    state: State,
    offset: usize,
    /// Whether the next byte is in a string, or escaped.
    carry: Carry,
    /// Open brackets, the outermost one included.
    depth: usize,
    field: Field,
    seen: [bool; 3],
    /// Raw bytes of the current key, or of the value of a field that is read.
    token: Vec<u8>,
    token_start: usize,
    token_escaped: bool,
    fields: Fields,
}

impl Default for RequestScanner {
    fn default() -> Self {
        Self::new()
    }
}

impl RequestScanner {
    /// A scanner at the start of a body.
    pub fn new() -> Self {
        Self {
            state: State::Start,
            offset: 0,
            carry: Carry::default(),
            depth: 1,
            field: Field::Other,
            seen: [false; 3],
            token: Vec::new(),
            token_start: 0,
            token_escaped: false,
            fields: Fields::default(),
        }
    }

    /// What was found so far.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Bytes scanned so far.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Scans the next piece of the body.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), ScanError> {
        let base = self.offset;
        let mut at = 0;
        while at < chunk.len() {
            at = self.step(chunk, at, base)?;
        }
        self.offset = base + chunk.len();
        Ok(())
    }

    /// Checks that the body ended where it may.
    pub fn finish(&self) -> Result<(), ScanError> {
        match self.state {
            State::Done => Ok(()),
            State::Start => Err(ScanError::Empty),
            _ => Err(ScanError::Truncated {
                offset: self.offset,
            }),
        }
    }

    /// Consumes at least one byte from `chunk[at..]`; returns the next position.
    fn step(&mut self, chunk: &[u8], at: usize, base: usize) -> Result<usize, ScanError> {
        match self.state {
            State::Key | State::StringValue => return self.top_level_string(chunk, at, base),
            State::Nested => return self.nested(chunk, at, base),
            State::Scalar => return self.scalar(chunk, at, base),
            _ => {}
        }
        let byte = chunk[at];
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            return Ok(at + 1);
        }
        let position = base + at;
        match (self.state, byte) {
            (State::Start, b'{') => {
                self.state = State::FirstKey;
                self.fields.object_start = position + 1;
            }
            (State::Start, _) => return Err(ScanError::NotAnObject),
            (State::FirstKey | State::NextKey, b'"') => {
                self.state = State::Key;
                self.fields.has_keys = true;
                self.begin_token(position);
            }
            (State::FirstKey | State::AfterValue, b'}') => self.state = State::Done,
            (State::AfterValue, b',') => self.state = State::NextKey,
            (State::Colon, b':') => self.state = State::Value,
            (State::Value, _) => return self.begin_value(byte, at, position),
            _ => return Err(unexpected(byte, position)),
        }
        Ok(at + 1)
    }

    fn begin_token(&mut self, position: usize) {
        self.token.clear();
        self.token_start = position;
        self.token_escaped = false;
    }

    fn begin_value(&mut self, byte: u8, at: usize, position: usize) -> Result<usize, ScanError> {
        if self.field == Field::Model && byte != b'"' && byte != b'n' {
            return Err(ScanError::BadModel);
        }
        match byte {
            b'"' => {
                self.state = State::StringValue;
                self.begin_token(position);
                Ok(at + 1)
            }
            b'{' | b'[' => {
                self.note_value_presence();
                self.state = State::Nested;
                self.open()?;
                Ok(at + 1)
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                self.state = State::Scalar;
                self.begin_token(position);
                Ok(at)
            }
            _ => Err(unexpected(byte, position)),
        }
    }

    fn note_value_presence(&mut self) {
        if self.field == Field::PreviousResponseId {
            self.fields.previous_response_id = true;
        }
    }

    /// A key, or a string that is the value of a top-level field.
    fn top_level_string(
        &mut self,
        chunk: &[u8],
        at: usize,
        base: usize,
    ) -> Result<usize, ScanError> {
        let (end, closed) = self.skip_string(chunk, at);
        let content = &chunk[at..if closed { end - 1 } else { end }];
        let is_key = self.state == State::Key;
        let limit = if is_key {
            MAX_KEY_BYTES
        } else {
            MAX_MODEL_BYTES
        };
        if is_key || self.field == Field::Model {
            if self.token.len() + content.len() <= limit {
                self.token.extend_from_slice(content);
            } else if is_key {
                // Too long to be one of ours: leave a token that matches nothing.
                self.token.resize(MAX_KEY_BYTES + 1, b' ');
            } else {
                return Err(ScanError::BadModel);
            }
        }
        if closed {
            if is_key {
                self.end_key()?;
            } else {
                self.end_string_value(base + end)?;
            }
        }
        Ok(end)
    }

    fn end_key(&mut self) -> Result<(), ScanError> {
        self.state = State::Colon;
        self.field = if self.token_escaped && self.token.len() <= MAX_KEY_BYTES {
            unescape(&self.token).map_or(Field::Other, |key| Field::from_key(key.as_bytes()))
        } else {
            Field::from_key(&self.token)
        };
        let (index, name) = match self.field {
            Field::Model => (0, "model"),
            Field::Stream => (1, "stream"),
            Field::PreviousResponseId => (2, "previous_response_id"),
            Field::Other => return Ok(()),
        };
        if std::mem::replace(&mut self.seen[index], true) {
            return Err(ScanError::DuplicateKey(name));
        }
        Ok(())
    }

    fn end_string_value(&mut self, end: usize) -> Result<(), ScanError> {
        self.state = State::AfterValue;
        self.note_value_presence();
        if self.field == Field::Model {
            let name = if self.token_escaped {
                unescape(&self.token)
            } else {
                plain(&self.token)
            };
            let name = name.ok_or(ScanError::BadModel)?;
            self.fields.model = Some(name);
            self.fields.model_span = Some(self.token_start..end);
        }
        Ok(())
    }

    /// Skips string content from `at`; returns where it stops and whether the
    /// closing quote was consumed.
    fn skip_string(&mut self, chunk: &[u8], mut at: usize) -> (usize, bool) {
        if self.carry.escaped && at < chunk.len() {
            self.carry.escaped = false;
            at += 1;
        }
        loop {
            match memchr2(b'"', b'\\', &chunk[at..]) {
                None => return (chunk.len(), false),
                Some(found) if chunk[at + found] == b'"' => return (at + found + 1, true),
                Some(found) => {
                    self.token_escaped = true;
                    at += found + 2;
                    if at > chunk.len() {
                        self.carry.escaped = true;
                        return (chunk.len(), false);
                    }
                }
            }
        }
    }

    fn scalar(&mut self, chunk: &[u8], start: usize, base: usize) -> Result<usize, ScanError> {
        let mut at = start;
        while at < chunk.len()
            && matches!(chunk[at], b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.')
        {
            at += 1;
        }
        // Literals have at most five letters; of a number only its presence matters.
        let room = 8usize.saturating_sub(self.token.len());
        self.token
            .extend_from_slice(&chunk[start..at.min(start + room)]);
        if at == chunk.len() {
            return Ok(at);
        }
        if !matches!(chunk[at], b',' | b'}' | b' ' | b'\t' | b'\n' | b'\r') {
            return Err(unexpected(chunk[at], base + at));
        }
        let is_number = matches!(self.token.first(), Some(b'-' | b'0'..=b'9'));
        if !is_number && !matches!(self.token.as_slice(), b"true" | b"false" | b"null") {
            let found = self.token.first().copied().unwrap_or(chunk[at]);
            return Err(unexpected(found, self.token_start));
        }
        self.state = State::AfterValue;
        match self.field {
            Field::Model => self.fields.model_span = Some(self.token_start..base + at),
            Field::Stream if self.token == b"true" => self.fields.stream = Some(true),
            Field::Stream if self.token == b"false" => self.fields.stream = Some(false),
            Field::PreviousResponseId => {
                self.fields.previous_response_id = self.token != b"null";
            }
            _ => {}
        }
        Ok(at)
    }

    /// Skips to the end of the value of a top-level field that is an object or
    /// an array.
    fn nested(&mut self, chunk: &[u8], start: usize, base: usize) -> Result<usize, ScanError> {
        let (blocks, _) = chunk[start..].as_chunks::<BLOCK>();
        if let Some(length) = self.nested_blocks(blocks, base + start)? {
            return Ok(start + length);
        }
        let mut at = start + blocks.len() * BLOCK;
        while at < chunk.len() {
            let byte = chunk[at];
            at += 1;
            if std::mem::take(&mut self.carry.escaped) {
                continue;
            }
            match byte {
                b'"' => self.carry.in_string = !self.carry.in_string,
                b'\\' if self.carry.in_string => self.carry.escaped = true,
                _ if self.carry.in_string => {}
                b'\\' => return Err(unexpected(byte, base + at - 1)),
                b'{' | b'[' => self.open()?,
                b'}' | b']' if self.close() => return Ok(at),
                _ => {}
            }
        }
        Ok(at)
    }

    /// Skips blocks; how many bytes of them, if the value ends inside.
    fn nested_blocks(
        &mut self,
        blocks: &[[u8; BLOCK]],
        base: usize,
    ) -> Result<Option<usize>, ScanError> {
        #[cfg(target_arch = "x86_64")]
        if wide_block::is_available() {
            #[expect(unsafe_code, reason = "the processor was asked")]
            return unsafe { self.nested_wide_blocks(blocks, base) };
        }
        self.nested_blocks_by(blocks, base, block::brackets)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,popcnt,pclmulqdq")]
    fn nested_wide_blocks(
        &mut self,
        blocks: &[[u8; BLOCK]],
        base: usize,
    ) -> Result<Option<usize>, ScanError> {
        self.nested_blocks_by(blocks, base, |block, carry| {
            wide_block::brackets(block, carry)
        })
    }

    #[inline(always)]
    fn nested_blocks_by(
        &mut self,
        blocks: &[[u8; BLOCK]],
        base: usize,
        brackets: impl Fn(&[u8; BLOCK], &mut Carry) -> Brackets,
    ) -> Result<Option<usize>, ScanError> {
        for (index, block) in blocks.iter().enumerate() {
            let found = brackets(block, &mut self.carry);
            let start = index * BLOCK;
            if let Some(length) = self.nested_brackets(&found, base + start)? {
                return Ok(Some(start + length));
            }
        }
        Ok(None)
    }

    /// Follows the brackets of a block; how much of it, if the value ends inside.
    #[inline(always)]
    fn nested_brackets(
        &mut self,
        found: &Brackets,
        base: usize,
    ) -> Result<Option<usize>, ScanError> {
        let opened = found.open.count_ones() as usize;
        let closed = found.close.count_ones() as usize;
        let stays_inside = closed + 1 < self.depth && self.depth + opened <= MAX_DEPTH;
        if stays_inside && found.stray == 0 {
            self.depth = self.depth + opened - closed;
            return Ok(None);
        }
        let mut rest = found.open | found.close | found.stray;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            if found.open >> at & 1 == 1 {
                self.open()?;
            } else if found.stray >> at & 1 == 1 {
                return Err(unexpected(b'\\', base + at));
            } else if self.close() {
                self.carry = Carry::default();
                return Ok(Some(at + 1));
            }
        }
        Ok(None)
    }

    fn open(&mut self) -> Result<(), ScanError> {
        if self.depth == MAX_DEPTH {
            return Err(ScanError::TooDeep);
        }
        self.depth += 1;
        Ok(())
    }

    /// True when that was the end of the field's value.
    fn close(&mut self) -> bool {
        self.depth -= 1;
        if self.depth == 1 {
            self.state = State::AfterValue;
        }
        self.depth == 1
    }
}

fn unexpected(byte: u8, offset: usize) -> ScanError {
    let found = if byte.is_ascii_graphic() {
        format!("'{}'", byte as char)
    } else {
        format!("byte 0x{byte:02x}")
    };
    ScanError::Unexpected { found, offset }
}

/// The inside of a JSON string without escapes; `None` when it is malformed.
fn plain(raw: &[u8]) -> Option<String> {
    if raw.iter().any(|byte| *byte < b' ') {
        return None;
    }
    std::str::from_utf8(raw).ok().map(str::to_owned)
}

/// Unescapes the inside of a JSON string; `None` when it is malformed.
fn unescape(raw: &[u8]) -> Option<String> {
    let mut quoted = Vec::with_capacity(raw.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(raw);
    quoted.push(b'"');
    serde_json::from_slice(&quoted).ok()
}

/// A JSON string literal for `text`, to put in place of a scanned value.
pub fn string_literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
