//! Incremental server-sent events: bytes in any pieces, whole events out.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use memchr::memchr2;
use serde::de::IgnoredAny;

/// Largest event taken, in bytes; images in final events are large.
const DEFAULT_LIMIT: usize = 8 * 1024 * 1024;

/// Splits a byte stream into events. Any split of the input gives the same
/// events. Memory is bounded by the limit of one event.
#[derive(Debug)]
pub struct SseParser {
    limit: usize,
    /// A line whose end has not come.
    line: Vec<u8>,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// The last byte was a CR; an LF now belongs to it.
    after_return: bool,
    at_start: bool,
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SseEvent<'a> {
    /// The `event` field; empty when absent.
    pub name: &'a str,
    /// The `data` fields, joined by line feeds.
    pub data: &'a str,
}

/// Why a stream of events cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    #[error("an event is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("an event is not UTF-8")]
    NotUtf8,
}

impl Default for SseParser {
    fn default() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }
}

impl SseParser {
    /// A parser that takes events of at most `limit` bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            name: Vec::new(),
            data: Vec::new(),
            has_data: false,
            after_return: false,
            at_start: true,
        }
    }

    /// Takes the next bytes and hands each event they complete to `handle`.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        handle: &mut dyn FnMut(SseEvent<'_>),
    ) -> Result<(), SseError> {
        if self.after_return && !bytes.is_empty() {
            self.after_return = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = bytes.split_at(end);
            if self.line.is_empty() {
                // As for a line that is held, so that the limit does not depend on the cut.
                self.check(line.len())?;
                self.take_line(line, handle)?;
            } else {
                self.hold(line)?;
                let whole = std::mem::take(&mut self.line);
                let result = self.take_line(&whole, handle);
                self.line = whole;
                self.line.clear();
                result?;
            }
            bytes = match rest {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_return = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => &[],
            };
        }
        self.hold(bytes)
    }

    /// The stream has ended: hands out a last event that lacks only its blank
    /// line, if its data is whole.
    pub fn finish(&mut self, handle: &mut dyn FnMut(SseEvent<'_>)) -> Result<(), SseError> {
        let last = std::mem::take(&mut self.line);
        self.take_line(&last, handle)?;
        let whole = self.data.trim_ascii() == b"[DONE]"
            || serde_json::from_slice::<IgnoredAny>(&self.data).is_ok();
        if self.has_data && whole {
            self.dispatch(handle)?;
        }
        Ok(())
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), SseError> {
        self.check(self.line.len() + bytes.len())?;
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn check(&self, more: usize) -> Result<(), SseError> {
        if self.data.len() + more > self.limit {
            return Err(SseError::TooLarge { limit: self.limit });
        }
        Ok(())
    }

    fn take_line(
        &mut self,
        mut line: &[u8],
        handle: &mut dyn FnMut(SseEvent<'_>),
    ) -> Result<(), SseError> {
        if self.at_start {
            self.at_start = false;
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            return self.dispatch(handle);
        }
        let (field, value) = match memchr::memchr(b':', line) {
            None => (line, &[][..]),
            Some(colon) => {
                let (field, rest) = line.split_at(colon);
                let value = rest.strip_prefix(b":").unwrap_or(rest);
                (field, value.strip_prefix(b" ").unwrap_or(value))
            }
        };
        match field {
            b"data" => {
                self.check(value.len() + 1)?;
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
                self.has_data = true;
            }
            b"event" => {
                self.check(value.len())?;
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            // Comments, ids, retry times and unknown fields.
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, handle: &mut dyn FnMut(SseEvent<'_>)) -> Result<(), SseError> {
        let result = match (
            self.has_data,
            std::str::from_utf8(&self.name),
            std::str::from_utf8(&self.data),
        ) {
            (false, ..) => Ok(()),
            (true, Ok(name), Ok(data)) => {
                handle(SseEvent { name, data });
                Ok(())
            }
            _ => Err(SseError::NotUtf8),
        };
        self.name.clear();
        self.data.clear();
        self.has_data = false;
        result
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut parser = SseParser::default();
        let mut found = Vec::new();
        let mut handle = |event: SseEvent<'_>| {
            found.push((event.name.to_owned(), event.data.to_owned()));
        };
        for piece in pieces {
            parser.push(piece, &mut handle).unwrap();
        }
        parser.finish(&mut handle).unwrap();
        found
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, data)| ((*name).to_owned(), (*data).to_owned()))
            .collect()
    }

    #[test]
    fn reads_all_line_ends_comments_and_fields() {
        let text = "\u{feff}: hello\r\ndata:a\r\n\r\nevent: e\rdata: b\rdata:  c\r\r\
                    id: 7\nretry: 5\ndata\n\n: ping\n\nevent: alone\n\ndata: é\n\n";
        let expected = owned(&[("", "a"), ("e", "b\n c"), ("", ""), ("", "é")]);
        assert_eq!(events(&[text.as_bytes()]), expected);
        for split in 0..text.len() {
            let (a, b) = text.as_bytes().split_at(split);
            assert_eq!(events(&[a, b]), expected, "split at {split}");
        }
    }

    #[test]
    fn takes_a_whole_last_event_without_its_blank_line() {
        assert_eq!(events(&[b"data: {\"a\":1}"]), owned(&[("", "{\"a\":1}")]));
        assert_eq!(events(&[b"data: [DONE]\n"]), owned(&[("", "[DONE]")]));
        assert_eq!(events(&[b"data: {\"a\":"]), owned(&[]));
    }

    #[test]
    fn bounds_one_event_not_the_stream() {
        let mut parser = SseParser::with_limit(16);
        let mut count = 0;
        let mut handle = |_: SseEvent<'_>| count += 1;
        for _ in 0..100 {
            parser.push(b"data: 12345678\n\n", &mut handle).unwrap();
        }
        assert!(parser.push(&[b'x'; 17], &mut handle).is_err());
        assert_eq!(count, 100);
    }

    #[test]
    fn a_line_is_too_large_however_it_is_cut() {
        let line = b": a comment that is long\n";
        for split in 0..line.len() {
            let (a, b) = line.split_at(split);
            let mut parser = SseParser::with_limit(16);
            let mut handle = |_: SseEvent<'_>| {};
            let first = parser.push(a, &mut handle);
            let result = first.and_then(|()| parser.push(b, &mut handle));
            assert_eq!(result, Err(SseError::TooLarge { limit: 16 }), "at {split}");
        }
    }

    proptest! {
        #[test]
        fn splits_change_nothing(
            text in "(data: ?[a-zé]{0,4}|event:e|:c|)(\r\n|\n|\r)",
            more in proptest::collection::vec("(data: ?[aé\u{1F600}]{0,4}|event: x|: c|)(\r\n|\n|\r)", 0..8),
            cuts in proptest::collection::vec(0usize..80, 0..6),
        ) {
            let whole = text + &more.concat();
            let bytes = whole.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            pieces.push(&bytes[from..]);
            prop_assert_eq!(events(&pieces), events(&[bytes]));
        }
    }
}
