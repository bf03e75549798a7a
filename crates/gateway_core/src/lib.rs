//! The gateway without sockets, clocks or an async runtime.
//!
//! A host (the native server, an Envoy filter) moves bytes and time; what is done
//! with them is decided here, so that both hosts behave the same.

mod credentials;
mod endpoint;
mod forwarded_headers;
mod provider_exchange;
mod rescue;
mod signing;
mod snapshot;
mod span_attributes;
pub mod tally;

pub use endpoint::{shape_of, Addressed, Endpoint, ModelCall, Operation, Refusal};
pub use provider_exchange::{
    FetchFailure, Input, Observation, Outcome, Output, Piece, ProviderExchange, ProviderRequest,
    RequestHead, BADLY_FRAMED,
};
pub use rescue::{LocalReply, UpstreamFailure};
pub use snapshot::{Limits, Origin, Resolved, Snapshot, SnapshotError, Upstream};
pub use span_attributes::{cut, AttributeValue, Attributes};
