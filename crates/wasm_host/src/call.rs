//! One [`ProviderExchange`], driven by the callbacks of a filter.

use std::time::Duration;

use bytes::Bytes;
use gateway_core::{Input, Observation, Output, Piece, ProviderExchange, ProviderRequest};
use http::{HeaderMap, StatusCode};

/// An exchange and what it wants done with the bytes at hand.
pub(crate) struct Call {
    exchange: ProviderExchange,
    /// Set until it has been taken.
    pub(crate) open: Option<Box<ProviderRequest>>,
    /// A filter cannot do it: fetch what URLs lead to, for a provider that takes
    /// none, or run a program that answers.
    pub(crate) needs_native_server: bool,
    pub(crate) request: Outgoing,
    pub(crate) reply_head: Option<(StatusCode, HeaderMap)>,
    pub(crate) reply: Outgoing,
    pub(crate) aborted: bool,
    /// Set until it has been taken.
    pub(crate) observation: Option<Box<Observation>>,
}

/// Bytes on their way out of a direction.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    pieces: Vec<Piece>,
    pub(crate) ended: bool,
}

/// What is to become of the bytes that Envoy holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    /// They go on as they are.
    AsReceived,
    /// These go on instead.
    Instead(Vec<u8>),
}

impl Outgoing {
    /// All pieces since the last time, for bytes received of this length.
    pub(crate) fn take(&mut self, received: usize) -> Passage {
        let pieces = std::mem::take(&mut self.pieces);
        if let [Piece::AsReceived(bytes)] = pieces.as_slice() {
            if bytes.len() == received {
                return Passage::AsReceived;
            }
        }
        let bytes: Vec<Bytes> = pieces.into_iter().map(Piece::into_bytes).collect();
        Passage::Instead(bytes.concat())
    }
}

impl Call {
    pub(crate) fn new(exchange: ProviderExchange) -> Self {
        let mut call = Self {
            exchange,
            open: None,
            needs_native_server: false,
            request: Outgoing::default(),
            reply_head: None,
            reply: Outgoing::default(),
            aborted: false,
            observation: None,
        };
        call.drain();
        call
    }

    pub(crate) fn feed(&mut self, input: Input) {
        self.exchange.handle(input);
        self.drain();
    }

    pub(crate) fn reply_head(&mut self, status: StatusCode, headers: HeaderMap, elapsed: Duration) {
        self.feed(Input::ReplyHead {
            status,
            headers,
            elapsed,
        });
    }

    fn drain(&mut self) {
        while let Some(output) = self.exchange.poll() {
            match output {
                Output::Fetch(_) => self.needs_native_server = true,
                Output::Open(request) => {
                    let upstreams = self.exchange.snapshot().upstreams();
                    let upstream = upstreams.get(request.upstream);
                    self.needs_native_server |=
                        upstream.is_some_and(gateway_core::Upstream::is_local_agent);
                    self.open = Some(request);
                }
                Output::SendBody(piece) => self.request.pieces.push(piece),
                Output::SendEnd => self.request.ended = true,
                // Envoy gives the provider's request up with the client's.
                Output::AbortRequest => {}
                Output::ReplyHead { status, headers } => self.reply_head = Some((status, headers)),
                Output::ReplyBody(piece) => self.reply.pieces.push(piece),
                Output::ReplyEnd => self.reply.ended = true,
                Output::ReplyAbort => self.aborted = true,
                Output::Observe(observation) => self.observation = Some(observation),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(pieces: Vec<Piece>) -> Outgoing {
        Outgoing {
            pieces,
            ended: false,
        }
    }

    #[test]
    fn bytes_that_are_passed_on_whole_stay_where_they_are() {
        let bytes = Bytes::from_static(b"abc");
        let mut same = outgoing(vec![Piece::AsReceived(bytes.clone())]);
        assert_eq!(same.take(3), Passage::AsReceived);
        let mut part = outgoing(vec![Piece::AsReceived(bytes.slice(1..))]);
        assert_eq!(part.take(3), Passage::Instead(b"bc".to_vec()));
        let mut more = outgoing(vec![
            Piece::New(Bytes::from_static(b"<")),
            Piece::AsReceived(bytes),
        ]);
        assert_eq!(more.take(3), Passage::Instead(b"<abc".to_vec()));
        assert_eq!(more.take(3), Passage::Instead(Vec::new()));
    }
}
