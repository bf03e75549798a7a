//! OpenAI responses.

mod usage;

pub(crate) use usage::read_usage;
