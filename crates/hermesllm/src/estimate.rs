use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::api::Api;

/// Bytes of English text per token, roughly.
const BYTES_PER_TOKEN: u64 = 4;
/// What an image or a document page costs, roughly.
const TOKENS_PER_MEDIA: u64 = 1600;
/// Strings longer than this without a space are data, not text.
const DATA_LENGTH: usize = 2048;

/// Guesses the input tokens of a request body, for providers that do not count:
/// a quarter of the bytes of all strings, a fixed cost for inline media, one for
/// each object. All APIs count alike. Never zero. Good to some tens of per cent; a body
/// that is not JSON counts by its length.
pub fn estimate_tokens(body: &[u8], _api: Api) -> u64 {
    let mut tally = Tally::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    if Counter(&mut tally).deserialize(&mut deserializer).is_err() {
        return (body.len() as u64 / BYTES_PER_TOKEN).max(1);
    }
    (tally.bytes / BYTES_PER_TOKEN + tally.media * TOKENS_PER_MEDIA + tally.objects).max(1)
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

    #[test]
    fn grows_with_text_and_not_with_image_bytes() {
        let small = estimate_tokens(
            br#"{"messages":[{"role":"user","content":"hi"}]}"#,
            Api::Messages,
        );
        assert!((1..10).contains(&small), "{small}");
        let text = format!(
            r#"{{"messages":[{{"content":"{}"}}]}}"#,
            "word ".repeat(800)
        );
        let tokens = estimate_tokens(text.as_bytes(), Api::Messages);
        assert!((900..1200).contains(&tokens), "{tokens}");
        let image = format!(r#"{{"source":{{"data":"{}"}}}}"#, "A".repeat(1 << 20));
        assert!(estimate_tokens(image.as_bytes(), Api::Messages) < 2000);
        assert_eq!(estimate_tokens(b"", Api::Messages), 1);
    }
}
