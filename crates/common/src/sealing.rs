//! Text that passes through files and interfaces where its content must not be
//! read: only who has the key can open it (ChaCha20-Poly1305, RFC 8439).

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

const NONCE_BYTES: usize = 12;

/// A key that is made anew for each run. Secret.
pub struct SealingKey(ChaCha20Poly1305);

impl SealingKey {
    /// The variable by which the one who opens gets the key, as [`Self::text_of`]
    /// writes it.
    pub const VARIABLE: &str = "PLANO_SEALING_KEY";

    pub fn new(key: &[u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&Key::from(*key)))
    }

    /// A key for an environment variable.
    pub fn text_of(key: &[u8; 32]) -> String {
        STANDARD.encode(key)
    }

    /// Reads what [`Self::text_of`] wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        Some(Self::new(&bytes.try_into().ok()?))
    }

    /// Seals a text. No number may be used twice with one key.
    pub fn seal(&self, number: u64, plain: &[u8]) -> Option<String> {
        let mut nonce = [0; NONCE_BYTES];
        nonce[..8].copy_from_slice(&number.to_le_bytes());
        let sealed = self.0.encrypt(&Nonce::from(nonce), plain).ok()?;
        Some(STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    /// What was sealed with the same key; none if it was not, or was changed.
    pub fn open(&self, text: &[u8]) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        self.0.decrypt(&Nonce::from(*nonce), sealed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_with_the_same_key_only_what_was_not_changed() {
        let key = [7; 32];
        let sealed = SealingKey::new(&key).seal(1, b"sk-secret").unwrap();
        assert!(!sealed.contains("sk-secret"));
        let same = SealingKey::from_text(&SealingKey::text_of(&key)).unwrap();
        assert_eq!(same.open(sealed.as_bytes()).unwrap(), b"sk-secret");
        assert!(SealingKey::new(&[8; 32]).open(sealed.as_bytes()).is_none());
        let mut changed = STANDARD.decode(&sealed).unwrap();
        *changed.last_mut().unwrap() ^= 1;
        assert!(same.open(STANDARD.encode(changed).as_bytes()).is_none());
        assert!(same.open(b"").is_none());
        assert!(same.open("Grüße".as_bytes()).is_none());
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let key = SealingKey::new(&[7; 32]);
        assert_ne!(key.seal(1, b"a"), key.seal(2, b"a"));
    }
}
