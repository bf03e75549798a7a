use hermesllm::{Api, Usage, UsageTap};

use crate::input::{choose, controls, pieces, shown};

const APIS: [Api; 6] = [
    Api::Chat,
    Api::Messages,
    Api::Responses,
    Api::GenerateContent,
    Api::Converse,
    Api::CohereChat,
];

/// Counts and end do not depend on how the reply is cut. Input: how it is cut,
/// the API and whether it is a stream (1 byte each), the reply.
pub fn usage_tap(input: &[u8]) {
    let Some(([cut, api, stream], reply)) = controls(input) else {
        return;
    };
    let api = *choose(&APIS, api);
    let stream = stream % 2 == 1;
    let whole = read(api, stream, &[reply]);
    let cut = read(api, stream, &pieces(reply, cut));
    assert_eq!(whole, cut, "{api}: {}", shown(reply));
    let (counts, complete) = whole;
    assert!(complete || stream, "{api}: {}", shown(reply));
    if let Some(counts) = counts {
        // None of the sums may overflow.
        assert!(counts.total() >= counts.input());
    }
}

fn read(api: Api, stream: bool, pieces: &[&[u8]]) -> (Option<Usage>, bool) {
    let mut tap = UsageTap::new(api, stream);
    for piece in pieces {
        tap.push(piece);
    }
    let complete = tap.is_complete();
    (tap.finish(), complete)
}
