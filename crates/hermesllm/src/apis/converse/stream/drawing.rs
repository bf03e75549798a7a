use base64::engine::general_purpose::STANDARD;
use base64::Engine;

use crate::ir::{Media, Source};

/// Most bytes of an image; no model makes larger ones.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// An image that comes in pieces.
#[derive(Debug)]
pub(super) struct Drawing {
    pub(super) index: u64,
    media_type: String,
    bytes: Vec<u8>,
}

impl Drawing {
    pub(super) fn new(index: u64, format: &str) -> Self {
        let format = if format.is_empty() { "png" } else { format };
        Self {
            index,
            media_type: format!("image/{format}"),
            bytes: Vec::new(),
        }
    }

    /// Adds a piece, which is base64 by itself.
    pub(super) fn add(&mut self, piece: &str) -> Result<(), &'static str> {
        if self.bytes.len() + piece.len() / 4 * 3 > MAX_BYTES {
            return Err("an image in the provider's answer is too large");
        }
        STANDARD
            .decode_vec(piece, &mut self.bytes)
            .map_err(|_| "an image in the provider's answer is not base64")
    }

    pub(super) fn media(&self) -> Media<'static> {
        let data = STANDARD.encode(&self.bytes);
        Media::drawn(self.media_type.clone(), Source::Base64(data.into()))
    }
}
