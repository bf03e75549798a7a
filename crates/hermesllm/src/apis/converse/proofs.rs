//! Reasoning that shows no words travels as a blob here: SDKs decode it, so
//! what is no base64 of its own must be wrapped in it.

use std::borrow::Cow;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;

use crate::ir::{Origin, Proof};
use crate::proofs;

/// What `redactedContent` holds for this proof.
pub(super) fn to_blob(origin: Origin, data: &str, id: Option<&str>) -> String {
    if origin == Origin::Anthropic && STANDARD.decode(data).is_ok() {
        return data.to_owned();
    }
    STANDARD.encode(proofs::pack_for(Origin::Other, origin, data, id))
}

/// The reverse of [`to_blob`].
pub(super) fn of_blob(blob: Cow<'_, str>) -> Proof<'_> {
    let tagged = STANDARD
        .decode(blob.as_bytes())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(|text| proofs::unpack_for(Origin::Other, text.into()))
        .filter(|proof| proof.origin != Origin::Other);
    tagged.unwrap_or(Proof {
        origin: Origin::Anthropic,
        data: blob,
        id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_proof_survives_as_a_blob() {
        for (origin, data, id) in [
            (Origin::Anthropic, "QUJD", None),
            (Origin::Anthropic, "no base64!", None),
            (Origin::OpenAi, "gAAAA-_x", Some("rs_1")),
            (Origin::Google, "QUJD", None),
        ] {
            let blob = to_blob(origin, data, id);
            assert!(STANDARD.decode(&blob).is_ok(), "{blob}");
            let proof = of_blob(blob.into());
            assert_eq!(
                (proof.origin, &*proof.data, proof.id.as_deref()),
                (origin, data, id)
            );
        }
    }
}
