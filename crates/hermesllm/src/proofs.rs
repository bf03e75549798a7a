//! Carrying one vendor's proof of reasoning through another vendor's field.
//! A foreign proof is tagged with its origin, so that it is recognised when the
//! client sends it back and never reaches a provider that did not make it.

use std::borrow::Cow;

use crate::ir::{Origin, Proof};

const TAG: &str = "plano1";
/// What stands in every body that holds a tagged proof: the tag, or its
/// beginning in base64.
pub(crate) const MARKS: [&str; 2] = ["plano1.", "cGxhbm8x"];

const ORIGINS: [(&str, Origin); 5] = [
    ("anthropic", Origin::Anthropic),
    ("openai", Origin::OpenAi),
    ("google", Origin::Google),
    ("cohere", Origin::Cohere),
    ("other", Origin::Other),
];

/// The proof as a Messages signature: Anthropic's own as it is, others tagged.
pub(crate) fn pack(origin: Origin, data: &str, id: Option<&str>) -> String {
    let id = id.filter(|_| origin != Origin::Anthropic);
    pack_for(Origin::Anthropic, origin, data, id)
}

/// The reverse of [`pack`].
pub(crate) fn unpack(signature: Cow<'_, str>) -> Proof<'_> {
    unpack_for(Origin::Anthropic, signature)
}

/// The proof for a field of `own`'s: its own as it is, unless there is an id to
/// keep; others tagged.
pub(crate) fn pack_for(own: Origin, origin: Origin, data: &str, id: Option<&str>) -> String {
    if origin == own && id.is_none() {
        return data.to_owned();
    }
    tagged(origin, data, id)
}

/// The reverse of [`pack_for`].
pub(crate) fn unpack_for(own: Origin, packed: Cow<'_, str>) -> Proof<'_> {
    untagged(&packed).unwrap_or(Proof {
        origin: own,
        data: packed,
        id: None,
    })
}

/// The proof under a tag that tells whose it is.
pub(crate) fn tagged(origin: Origin, data: &str, id: Option<&str>) -> String {
    let name = ORIGINS
        .iter()
        .find(|(_, known)| *known == origin)
        .map_or("other", |(name, _)| name);
    format!("{TAG}.{name}.{}.{data}", escape(id.unwrap_or_default()))
}

/// The reverse of [`tagged`]; `None` without a tag.
pub(crate) fn untagged<'p>(packed: &str) -> Option<Proof<'p>> {
    let mut fields = packed.splitn(4, '.');
    if fields.next()? != TAG {
        return None;
    }
    let name = fields.next()?;
    let id = fields.next()?;
    let data = fields.next()?;
    let origin = ORIGINS.iter().find(|(known, _)| *known == name)?.1;
    Some(Proof {
        origin,
        data: Cow::Owned(data.to_owned()),
        id: (!id.is_empty()).then(|| Cow::Owned(id.replace("%2E", ".").replace("%25", "%"))),
    })
}

/// Dots part the fields of a tag.
fn escape(id: &str) -> Cow<'_, str> {
    match id.contains(['.', '%']) {
        true => Cow::Owned(id.replace('%', "%25").replace('.', "%2E")),
        false => Cow::Borrowed(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_proofs_come_back_whole() {
        for own in [Origin::Anthropic, Origin::OpenAi] {
            for (origin, id) in [
                (Origin::OpenAi, Some("rs_1")),
                (Origin::OpenAi, None),
                (Origin::Google, None),
                (Origin::Google, Some("functions.get%2E:0")),
                (Origin::Anthropic, None),
                (Origin::Anthropic, Some("redacted")),
            ] {
                let packed = pack_for(own, origin, "a.b==", id);
                let proof = unpack_for(own, packed.into());
                assert_eq!(
                    (proof.origin, &*proof.data, proof.id.as_deref()),
                    (origin, "a.b==", id)
                );
            }
        }
    }

    #[test]
    fn the_marks_are_in_every_tag() {
        use base64::Engine;
        let tag = tagged(Origin::Google, "x", None);
        let packed = base64::engine::general_purpose::STANDARD.encode(&tag);
        assert!(tag.starts_with(MARKS[0]) && packed.starts_with(MARKS[1]));
    }

    #[test]
    fn own_proofs_are_left_as_they_are() {
        assert_eq!(
            pack_for(Origin::OpenAi, Origin::OpenAi, "gAAA=", None),
            "gAAA="
        );
        assert_eq!(pack(Origin::Anthropic, "EqQB", None), "EqQB");
    }
}
