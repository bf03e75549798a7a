//! Tool names and call ids under the limits of the target, and tools that the
//! target has no form for.

mod grammar;
mod names;

pub(crate) use grammar::read_grammar;
pub(crate) use names::{ClientTool, ToolNames};

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Longest tool name that every API takes.
pub(crate) const NAME_LIMIT: usize = 64;

/// Key of the one argument of a lowered custom tool.
pub(crate) const LOWERED_INPUT: &str = "input";

/// Schema of a lowered custom tool.
pub(crate) const LOWERED_SCHEMA: &str =
    r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#;

/// Schema of a tool that takes nothing.
pub(crate) const EMPTY_SCHEMA: &str = r#"{"type":"object","properties":{}}"#;

/// The free text inside the arguments of a lowered custom tool. Models also use
/// another key, or forget the object.
pub(crate) fn raise_input(arguments: &str) -> Cow<'_, str> {
    let Ok(members) = serde_json::from_str::<BTreeMap<String, String>>(arguments) else {
        return Cow::Borrowed(arguments);
    };
    let mut members = members;
    match members
        .remove(LOWERED_INPUT)
        .or_else(|| members.pop_first().map(|(_, text)| text))
    {
        Some(text) => Cow::Owned(text),
        None => Cow::Borrowed(""),
    }
}

/// An end user's id within the 64 characters that OpenAI takes.
pub(crate) fn short_user(user: &str) -> Cow<'_, str> {
    if user.len() <= 64 {
        return Cow::Borrowed(user);
    }
    Cow::Owned(format!("user_{:016x}", hash(user)))
}

fn is_plain(name: &str, limit: usize) -> bool {
    !name.is_empty()
        && name.len() <= limit
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Same name, same result: prompt caches and later turns depend on it.
fn safe_name(name: &str) -> String {
    let mut safe: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .take(NAME_LIMIT - 9)
        .collect();
    safe.push_str(&format!("_{:08x}", hash(name) as u32));
    safe
}

/// A call id that Anthropic and Bedrock take.
pub(crate) fn plain_call_id(id: &str) -> Cow<'_, str> {
    if is_plain(id, NAME_LIMIT) {
        return Cow::Borrowed(id);
    }
    Cow::Owned(format!("call_{:016x}", hash(id)))
}

/// A call id as Mistral wants it: exactly nine letters and digits.
pub(crate) fn nine_character_call_id(id: &str) -> Cow<'_, str> {
    const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    if id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Cow::Borrowed(id);
    }
    let mut rest = hash(id);
    Cow::Owned(
        (0..9)
            .map(|_| {
                let digit = (rest % 36) as usize;
                rest /= 36;
                char::from(ALPHABET.get(digit).copied().unwrap_or(b'0'))
            })
            .collect(),
    )
}

/// FNV-1a with a final mix, so that all digits depend on all bytes.
pub(crate) fn hash(text: &str) -> u64 {
    let folded = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mix(folded)
}

/// The finisher of splitmix64.
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_is_found_in_what_models_write() {
        for (arguments, text) in [
            (r#"{"input":"a\nb"}"#, "a\nb"),
            (r#"{"patch":"x"}"#, "x"),
            ("*** Begin", "*** Begin"),
            ("{}", ""),
            (r#"{"input":7}"#, r#"{"input":7}"#),
        ] {
            assert_eq!(raise_input(arguments), text, "{arguments}");
        }
    }

    #[test]
    fn ids_are_stable_and_fit() {
        assert_eq!(plain_call_id("toolu_01"), "toolu_01");
        let odd = plain_call_id("functions.get:0");
        assert!(is_plain(&odd, NAME_LIMIT) && odd == plain_call_id("functions.get:0"));
        assert_eq!(nine_character_call_id("abcDEF123"), "abcDEF123");
        let mapped = nine_character_call_id("call_abcdefghijklmnop");
        assert_eq!(mapped.len(), 9);
        assert_ne!(mapped, nine_character_call_id("call_abcdefghijklmnoq"));
    }
}
