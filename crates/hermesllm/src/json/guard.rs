use memchr::{memchr_iter, memmem};

use super::JsonError;

/// Deepest nesting of arrays and objects a request may have.
const MAX_DEPTH: usize = 255;
/// Length of `\uXXXX`.
const ESCAPE: usize = 6;

/// Checks what serde does not look at inside raw values: nesting depth and
/// lone surrogates, which no provider can read. Returns the body as text.
pub(crate) fn check_request(body: &[u8]) -> Result<&str, JsonError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        fault(format!(
            "the body is not UTF-8 (first bad byte at offset {})",
            error.valid_up_to()
        ))
    })?;
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        at += 1;
        match byte {
            b'"' => at = end_of_string(body, at),
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(fault(format!(
                        "the body is nested deeper than {MAX_DEPTH} levels"
                    )));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    check_surrogates(body)?;
    Ok(text)
}

/// The offset after the closing quote; `start` is the offset after the opening one.
fn end_of_string(body: &[u8], start: usize) -> usize {
    let inside = body.get(start..).unwrap_or_default();
    for at in memchr_iter(b'"', inside) {
        if !is_escaped(inside, at) {
            return start + at + 1;
        }
    }
    body.len()
}

/// Whether an odd number of backslashes stands before `at`.
fn is_escaped(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\');
    backslashes.count() % 2 == 1
}

fn check_surrogates(body: &[u8]) -> Result<(), JsonError> {
    let mut low_expected = None;
    for at in memmem::find_iter(body, b"\\u").filter(|at| !is_escaped(body, *at)) {
        match (escaped_unit(body, at), low_expected.take()) {
            (Some(0xDC00..=0xDFFF), Some(expected)) if at == expected => {}
            (Some(0xDC00..=0xDFFF), _) => return Err(lone_surrogate(at)),
            (_, Some(expected)) => return Err(lone_surrogate(expected - ESCAPE)),
            (Some(0xD800..=0xDBFF), None) => low_expected = Some(at + ESCAPE),
            (_, None) => {}
        }
    }
    match low_expected {
        Some(expected) => Err(lone_surrogate(expected - ESCAPE)),
        None => Ok(()),
    }
}

/// The value of a `\uXXXX` escape at `at`.
fn escaped_unit(body: &[u8], at: usize) -> Option<u16> {
    let digits = body.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn lone_surrogate(at: usize) -> JsonError {
    fault(format!("the body has a lone surrogate at offset {at}"))
}

fn fault(message: String) -> JsonError {
    JsonError {
        path: String::new(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_pairs_and_escaped_backslashes() {
        for body in [
            r#"{"a":"\ud83d\ude00 \\ud83d"}"#,
            r#"["\\"]"#,
            r#"{"[[[":"]]"}"#,
        ] {
            assert!(check_request(body.as_bytes()).is_ok(), "{body}");
        }
    }

    #[test]
    fn refuses_lone_surrogates_depth_and_other_encodings() {
        for body in [
            r#"{"a":"\ud83d"}"#,
            r#"{"a":"\ude00"}"#,
            r#"["\ud83d\n"]"#,
            r#"["\ud83d \ude00"]"#,
            r#"["\\\ud83d\\\ude00"]"#,
            r#"["\ud83d\ud83d\ude00"]"#,
        ] {
            let error = check_request(body.as_bytes()).expect_err(body);
            assert!(error.message.contains("lone surrogate"), "{error}");
        }
        assert!(check_request("[".repeat(MAX_DEPTH).as_bytes()).is_ok());
        assert!(check_request("[".repeat(100_000).as_bytes()).is_err());
        assert!(check_request(b"{\"a\":\"\xff\"}").is_err());
    }
}
