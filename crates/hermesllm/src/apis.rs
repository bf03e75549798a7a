//! One room per API: `wire` holds its shapes, `decode` turns them into the
//! neutral form, `encode` writes them from it, `stream` does both for events.

pub(crate) mod chat;
pub(crate) mod messages;
pub(crate) mod responses;
