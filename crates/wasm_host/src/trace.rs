//! What Envoy's span of a request tells of its model: each attribute is put into
//! the request's filter state, where a tag of the listener finds it.

use std::time::Duration;

use gateway_core::{Observation, Snapshot};
use proxy_wasm::hostcalls;

/// Times since the call began.
#[derive(Default)]
pub(crate) struct Trace {
    asked: Option<Duration>,
    first_piece: Option<Duration>,
}

impl Trace {
    pub(crate) fn asked(&mut self, elapsed: Duration) {
        self.asked = Some(elapsed);
    }

    pub(crate) fn first_piece(&mut self, elapsed: Duration) {
        self.first_piece = Some(elapsed);
    }

    /// The call is over.
    pub(crate) fn tell(&self, snapshot: &Snapshot, observation: &Observation, elapsed: Duration) {
        let mut attributes = observation.ending_attributes();
        if let Some(asked) = self.asked {
            let since = |time: Duration| time.saturating_sub(asked);
            let first_token = self.first_piece.map(since);
            attributes.extend(observation.model_attributes(snapshot, first_token, since(elapsed)));
        }
        for (name, value) in attributes {
            // A span that tells less is no reason to fail a request.
            let _ = hostcalls::set_property(vec![name], Some(value.to_string().as_bytes()));
        }
    }
}
