use hermesllm::{
    decode_error, encode_error, has_error_shape, stream_error_event, Api, ProviderFailure,
};
use serde_json::Value;

use crate::frames;
use crate::input::{choose, controls, shown};

const STATUSES: [u16; 12] = [400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503, 529];
const TYPES: [Option<&str>; 3] = [None, Some("ThrottlingException"), Some("Odd:http://x/")];

/// Whatever a provider says is wrong, clients of each API get an error in its
/// shape. Input: the status and the error's type header (1 byte each), the body.
pub fn error_decode(input: &[u8]) {
    let Some(([status, kind], body)) = controls(input) else {
        return;
    };
    let error = decode_error(ProviderFailure {
        provider: "groq",
        status: *choose(&STATUSES, status),
        body,
        error_type: *choose(&TYPES, kind),
    });
    for api in Api::ALL {
        let encoded = encode_error(api, &error);
        let written = &encoded.body;
        assert!((400..600).contains(&encoded.status), "{}", shown(body));
        let value: Value = serde_json::from_slice(written)
            .unwrap_or_else(|error| panic!("{error}: {}\nfrom {}", shown(written), shown(body)));
        let message = match api {
            Api::Converse | Api::CohereChat => &value["message"],
            _ => &value["error"]["message"],
        };
        assert!(message.is_string(), "{value}");
        assert!(has_error_shape(api, written), "{value}");
        let mut event = Vec::new();
        stream_error_event(api, &error, &mut event);
        match api {
            Api::Converse => assert!(frames::read(&event).is_ok(), "{}", shown(&event)),
            _ => assert!(event.ends_with(b"\n\n"), "{}", shown(&event)),
        }
    }
}
