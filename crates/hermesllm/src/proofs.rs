//! Carrying one vendor's proof of reasoning through another vendor's field.
//! A foreign proof is tagged with its origin, so that it is recognised when the
//! client sends it back and never reaches a provider that did not make it.

use std::borrow::Cow;

use crate::ir::{Origin, Proof};

const TAG: &str = "plano1";

const ORIGINS: [(&str, Origin); 5] = [
    ("anthropic", Origin::Anthropic),
    ("openai", Origin::OpenAi),
    ("google", Origin::Google),
    ("cohere", Origin::Cohere),
    ("other", Origin::Other),
];

/// The proof as a Messages signature: Anthropic's own as it is, others tagged.
pub(crate) fn pack(origin: Origin, data: &str, id: Option<&str>) -> String {
    if origin == Origin::Anthropic {
        return data.to_owned();
    }
    let name = ORIGINS
        .iter()
        .find(|(_, known)| *known == origin)
        .map_or("other", |(name, _)| name);
    format!("{TAG}.{name}.{}.{data}", id.unwrap_or_default())
}

/// The reverse of [`pack`].
pub(crate) fn unpack(signature: Cow<'_, str>) -> Proof<'_> {
    let Some((origin, id, start)) = read_tag(&signature) else {
        return Proof {
            origin: Origin::Anthropic,
            data: signature,
            id: None,
        };
    };
    Proof {
        origin,
        id,
        data: match signature {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(start..).unwrap_or_default().to_owned()),
        },
    }
}

/// Origin, item id, and where the data begins.
fn read_tag<'t>(signature: &str) -> Option<(Origin, Option<Cow<'t, str>>, usize)> {
    let mut fields = signature.splitn(4, '.');
    if fields.next()? != TAG {
        return None;
    }
    let name = fields.next()?;
    let id = fields.next()?;
    let data = fields.next()?;
    let origin = ORIGINS.iter().find(|(known, _)| *known == name)?.1;
    let id = (!id.is_empty()).then(|| Cow::Owned(id.to_owned()));
    Some((origin, id, signature.len() - data.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_proofs_come_back_whole() {
        for (origin, id) in [
            (Origin::OpenAi, Some("rs_1")),
            (Origin::Google, None),
            (Origin::Anthropic, None),
        ] {
            let packed = pack(origin, "a.b==", id);
            let proof = unpack(packed.into());
            assert_eq!(
                (proof.origin, &*proof.data, proof.id.as_deref()),
                (origin, "a.b==", id)
            );
        }
    }
}
