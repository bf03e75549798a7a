//! Token counts in one meaning for all APIs, and the tap that reads them from
//! replies that pass unchanged.

mod tap;

pub use tap::UsageTap;

/// Tokens of one answer. The three input counts do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Input read afresh: neither from nor to the cache.
    pub uncached_input: u64,
    /// Input read from the provider's prompt cache.
    pub cache_read: u64,
    /// Input written to the provider's prompt cache.
    pub cache_write: u64,
    /// Part of `cache_write` kept for one hour, when the provider tells.
    pub cache_write_1h: Option<u64>,
    /// Output, reasoning included.
    pub output: u64,
    /// Part of `output` spent on reasoning, when the provider tells.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// All input tokens, as OpenAI counts a prompt.
    pub fn input(&self) -> u64 {
        self.uncached_input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
    }

    /// Input and output together.
    pub fn total(&self) -> u64 {
        self.input().saturating_add(self.output)
    }
}
