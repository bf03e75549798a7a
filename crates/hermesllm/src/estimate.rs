use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::api::Api;
use crate::apis::check_conversation;
use crate::json::check_request;
use crate::translate::RequestError;

/// Bytes of English text per token, roughly.
const BYTES_PER_TOKEN: u64 = 4;
/// What an image or a document page costs, roughly.
const TOKENS_PER_MEDIA: u64 = 1600;
/// Strings longer than this without a space are data, not text.
const DATA_LENGTH: usize = 2048;

/// Guesses the input tokens of a request body, for providers that do not count:
/// a quarter of the bytes of all strings, a fixed cost for inline media, one for
/// each object. All APIs count alike. Never zero. Good to some tens of per cent.
///
/// Fails on a body that is no request of `api`: not JSON, or a conversation
/// that cannot be read. Members that only a generation needs may be absent.
pub fn estimate_tokens(body: &[u8], api: Api) -> Result<u64, RequestError> {
    let text = check_request(body)?;
    check_conversation(api, text)?;
    let mut tally = Tally::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    if Counter(&mut tally).deserialize(&mut deserializer).is_err() {
        // Nested deeper than the counter goes.
        return Ok((body.len() as u64 / BYTES_PER_TOKEN).max(1));
    }
    Ok((tally.bytes / BYTES_PER_TOKEN + tally.media * TOKENS_PER_MEDIA + tally.objects).max(1))
}

#[derive(Default)]
struct Tally {
    bytes: u64,
    media: u64,
    objects: u64,
}

impl Tally {
    fn string(&mut self, text: &str) {
        if text.len() > DATA_LENGTH && !text.contains(' ') {
            self.media += 1;
        } else {
            self.bytes += text.len() as u64;
        }
    }
}

struct Counter<'t>(&'t mut Tally);

impl<'de> DeserializeSeed<'de> for Counter<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counter<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.string(text);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence.next_element_seed(Counter(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.objects += 1;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            // Keys of the wire itself cost nothing; those of schemas are few.
            if &*key != "type" && &*key != "role" {
                map.next_value_seed(Counter(self.0))?;
            } else {
                map.next_value::<serde::de::IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_messages(messages: &str) -> Result<u64, RequestError> {
        let body = format!(r#"{{"model":"m","messages":{messages}}}"#);
        estimate_tokens(body.as_bytes(), Api::Messages)
    }

    #[test]
    fn grows_with_text_and_not_with_image_bytes() {
        let small = of_messages(r#"[{"role":"user","content":"hi"}]"#).unwrap();
        assert!((1..10).contains(&small), "{small}");
        let words = "word ".repeat(800);
        let text = of_messages(&format!(r#"[{{"role":"user","content":"{words}"}}]"#)).unwrap();
        assert!((900..1200).contains(&text), "{text}");
        let image = of_messages(&format!(
            r#"[{{"role":"user","content":[{{"type":"image","source":{{"type":"base64","data":"{}"}}}}]}}]"#,
            "A".repeat(1 << 20)
        ))
        .unwrap();
        assert!((1600..2000).contains(&image), "{image}");
    }

    #[test]
    fn deep_values_count_by_length() {
        let input = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let tokens = of_messages(&format!(
            r#"[{{"role":"assistant","content":[{{"type":"tool_use","id":"a","name":"f","input":{input}}}]}}]"#
        ));
        assert!((100..200).contains(&tokens.clone().unwrap()), "{tokens:?}");
    }

    #[test]
    fn refuses_conversations_that_cannot_be_read() {
        for (messages, path) in [
            (r#""x""#, "messages"),
            ("null", "messages"),
            ("[7]", "messages[0]"),
            (r#"[{"content":"x"}]"#, "messages[0].role"),
            (r#"[{"role":"robot","content":"x"}]"#, "messages[0].role"),
            (r#"[{"role":"user"}]"#, "messages[0].content"),
            (r#"[{"role":"user","content":7}]"#, "messages[0].content"),
            (
                r#"[{"role":"user","content":[{"text":"x"}]}]"#,
                "messages[0].content[0].type",
            ),
        ] {
            let error = of_messages(messages).expect_err(messages);
            assert_eq!(error.param.as_deref(), Some(path), "{messages}: {error}");
        }
        for body in ["", "7", "{}", r#"{"messages":[{"role":"robot"}]}"#] {
            estimate_tokens(body.as_bytes(), Api::Chat).expect_err(body);
        }
        let chat = br#"{"messages":[{"role":"developer","content":"x"}]}"#;
        assert!(estimate_tokens(chat, Api::Chat).is_ok());
    }
}
