//! Reading JSON without a tree: borrowed strings, raw values, and structs
//! that keep what they do not know. Writing is in [`writer`].

mod guard;
mod writer;

pub(crate) use guard::check_request;
pub(crate) use writer::JsonWriter;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A string that borrows from the input unless it holds escapes.
///
/// serde borrows a bare `Cow<str>` only, not one inside `Option` or `Vec`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Str<'a>(pub(crate) Cow<'a, str>);

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

struct StrVisitor;

impl<'de> Visitor<'de> for StrVisitor {
    type Value = Str<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Str(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Str(Cow::Owned(text.to_owned())))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(StrVisitor)
    }
}

/// A string, or a list of `T`.
#[derive(Debug)]
pub(crate) enum TextOr<'a, T> {
    Text(Cow<'a, str>),
    List(Vec<T>),
}

struct TextOrVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrVisitor<T> {
    type Value = TextOr<'de, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string or an array")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(TextOr::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOr::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = sequence.next_element()? {
            list.push(item);
        }
        Ok(TextOr::List(list))
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for TextOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrVisitor(PhantomData))
    }
}

/// A whole number that some services write as a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u64);

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Count;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a non-negative whole number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Count, E> {
        Ok(Count(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Count, E> {
        u64::try_from(number)
            .map(Count)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Count, E> {
        if (0.0..9e15).contains(&number) {
            return Ok(Count(number.round() as u64));
        }
        Err(E::invalid_value(
            serde::de::Unexpected::Float(number),
            &self,
        ))
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

/// Declares a struct of optional fields read from a JSON object. `null` and
/// absence are the same; a repeated key is an error; unknown members are kept
/// in `extra`. A member may have other spellings, after `|`. Unlike serde's
/// `flatten` this keeps borrowing and raw values.
macro_rules! wire_struct {
    ($(#[$meta:meta])* $name:ident<$lifetime:lifetime> { $($key:literal $(| $other:literal)* => $field:ident : $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<$lifetime> {
            $(pub(crate) $field: Option<$type>,)*
            /// Members with keys this struct does not know.
            pub(crate) extra: Vec<($crate::json::Str<$lifetime>, &$lifetime serde_json::value::RawValue)>,
        }

        impl<'de: $lifetime, $lifetime> serde::Deserialize<'de> for $name<$lifetime> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;
                impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $name<'de>;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<Self::Value, A::Error> {
                        let mut value = $name::default();
                        while let Some(key) = map.next_key::<$crate::json::Str<'de>>()? {
                            match &*key {
                                $($key $(| $other)* => {
                                    if value.$field.is_some() {
                                        return Err(serde::de::Error::duplicate_field($key));
                                    }
                                    value.$field = map.next_value()?;
                                })*
                                _ => {
                                    let raw = map.next_value()?;
                                    value.extra.push((key, raw));
                                }
                            }
                        }
                        Ok(value)
                    }
                }
                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    };
}
pub(crate) use wire_struct;

wire_struct!(
    /// An object whose members are all in `extra`.
    Members<'a> {}
);

/// Why a JSON text could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct JsonError {
    /// Where, such as `messages[2].content`; empty at the root.
    pub(crate) path: String,
    pub(crate) message: String,
}

/// Reads `text`; on failure reads it again to find the path, so that the
/// usual case pays nothing for it. A type that can be read in two ways is twice
/// the code, which Envoy compiles at its start: there it is read in one.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, JsonError> {
    #[cfg(not(target_family = "wasm"))]
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    read_with_path(text)
}

fn read_with_path<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        JsonError {
            path: if path == "." || path == "?" {
                String::new()
            } else {
                path
            },
            message: error.into_inner().to_string(),
        }
    })?;
    deserializer.end().map_err(|error| JsonError {
        path: String::new(),
        message: error.to_string(),
    })?;
    Ok(value)
}

/// Whether `text` is one JSON object, however deep.
pub(crate) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok()
}

/// The text of a raw JSON string, or `None` for any other value.
pub(crate) fn raw_string<'a>(raw: &'a RawValue) -> Option<Cow<'a, str>> {
    serde_json::from_str::<Str<'a>>(raw.get())
        .ok()
        .map(|text| text.0)
}
