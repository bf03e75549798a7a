//! Data URIs and media types.

use std::borrow::Cow;

/// Splits `data:image/png;charset=x;base64,AAAA` into media type and data.
/// Anything else, also a data URI that is not base64, comes back as it was.
pub(crate) fn split_data_uri(
    uri: Cow<'_, str>,
) -> Result<(Cow<'_, str>, Cow<'_, str>), Cow<'_, str>> {
    let Some((head, _)) = uri.split_once(',') else {
        return Err(uri);
    };
    let Some(description) = strip_scheme(head) else {
        return Err(uri);
    };
    let mut fields = description.split(';');
    let media_type = fields.next().unwrap_or_default().trim();
    if !fields.any(|field| field.trim().eq_ignore_ascii_case("base64")) {
        return Err(uri);
    }
    let type_length = media_type.len();
    let type_start = "data:".len() + description.len() - description.trim_start().len();
    let data_start = head.len() + 1;
    Ok(match uri {
        Cow::Borrowed(uri) => {
            let data = uri.get(data_start..).unwrap_or_default();
            let named = uri
                .get(type_start..type_start + type_length)
                .unwrap_or_default();
            (named_or_sniffed(named, data), Cow::Borrowed(data))
        }
        Cow::Owned(uri) => {
            let data = uri.get(data_start..).unwrap_or_default().to_owned();
            let named = uri
                .get(type_start..type_start + type_length)
                .unwrap_or_default();
            let media_type = named_or_sniffed(named, &data).into_owned();
            (Cow::Owned(media_type), Cow::Owned(data))
        }
    })
}

fn strip_scheme(head: &str) -> Option<&str> {
    let (scheme, rest) = head.split_at_checked("data:".len())?;
    scheme.eq_ignore_ascii_case("data:").then_some(rest)
}

fn named_or_sniffed<'a>(named: &'a str, data: &str) -> Cow<'a, str> {
    if named.is_empty() {
        Cow::Borrowed(sniff(data))
    } else {
        Cow::Borrowed(named)
    }
}

/// The media type that the first base64 characters betray; PNG when none does.
pub(crate) fn sniff(data: &str) -> &'static str {
    const SIGNATURES: [(&str, &str); 4] = [
        ("/9j/", "image/jpeg"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "image/webp"),
        ("JVBERi", "application/pdf"),
    ];
    SIGNATURES
        .iter()
        .find(|(start, _)| data.starts_with(start))
        .map_or("image/png", |(_, media_type)| media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_data_uris_with_parameters() {
        for (uri, media_type, data) in [
            ("data:image/png;base64,AAAA", "image/png", "AAAA"),
            (
                "DATA:image/jpeg;charset=utf-8;base64,/9j/",
                "image/jpeg",
                "/9j/",
            ),
            ("data:;base64,R0lGODxx", "image/gif", "R0lGODxx"),
        ] {
            for form in [Cow::Borrowed(uri), Cow::Owned(uri.to_owned())] {
                let (found, rest) = split_data_uri(form).expect(uri);
                assert_eq!((&*found, &*rest), (media_type, data));
            }
        }
    }

    #[test]
    fn leaves_other_uris_alone() {
        for uri in ["https://example.com/a,b.png", "data:text/plain,hi", ""] {
            assert_eq!(split_data_uri(uri.into()), Err(Cow::Borrowed(uri)));
        }
    }
}
