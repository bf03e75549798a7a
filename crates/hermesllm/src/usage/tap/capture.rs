use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr2, memchr3};

use crate::api::Api;

/// Longest usage object read.
const MAX_OBJECT: usize = 16 * 1024;

type Key = LazyLock<Finder<'static>>;

static USAGE: Key = LazyLock::new(|| Finder::new("\"usage\""));
static USAGE_METADATA: Key = LazyLock::new(|| Finder::new("\"usageMetadata\""));

/// The member that holds the counts of `api`.
fn key(api: Api) -> &'static Finder<'static> {
    match api {
        Api::GenerateContent => &USAGE_METADATA,
        _ => &USAGE,
    }
}

/// Cuts the objects that hold counts out of a text that comes in pieces.
#[derive(Debug, Default)]
pub(super) enum Capture {
    #[default]
    Searching,
    /// The key was found; its value comes.
    AfterKey,
    Object(Partial),
}

/// The part of an object that has come.
#[derive(Debug, Default)]
pub(super) struct Partial {
    object: Vec<u8>,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Capture {
    /// Reads from the head of `bytes`: how many it has done with, and the
    /// object that ends there. The rest must come again, with more behind it;
    /// nothing done means that more is needed.
    pub(super) fn step(&mut self, api: Api, bytes: &[u8]) -> (usize, Option<Vec<u8>>) {
        match self {
            Self::Searching => match key(api).find(bytes) {
                // The key may be cut in two.
                None => (
                    bytes.len().saturating_sub(key(api).needle().len() - 1),
                    None,
                ),
                Some(at) => {
                    *self = Self::AfterKey;
                    (at + key(api).needle().len(), None)
                }
            },
            Self::AfterKey => {
                let value = bytes
                    .iter()
                    .position(|byte| !byte.is_ascii_whitespace() && *byte != b':');
                let Some(at) = value else {
                    return (bytes.len(), None);
                };
                *self = if bytes.get(at) == Some(&b'{') {
                    Self::Object(Partial {
                        object: Vec::with_capacity(256),
                        ..Partial::default()
                    })
                } else {
                    Self::Searching
                };
                let (read, object) = self.step(api, bytes.get(at..).unwrap_or_default());
                (at + read, object)
            }
            Self::Object(partial) => {
                let (read, ended) = partial.read(bytes);
                let object = ended.then(|| std::mem::take(&mut partial.object));
                if ended {
                    *self = Self::Searching;
                }
                (read, object)
            }
        }
    }
}

impl Partial {
    /// Takes bytes up to the end of the object; says how many, and whether that
    /// is the end. An object without end ends at its longest.
    fn read(&mut self, bytes: &[u8]) -> (usize, bool) {
        let room = MAX_OBJECT.saturating_sub(self.object.len());
        let bytes = bytes.get(..room).unwrap_or(bytes);
        let end = self.end_in(bytes);
        let taken = end.unwrap_or(bytes.len());
        self.object
            .extend_from_slice(bytes.get(..taken).unwrap_or_default());
        (taken, end.is_some() || self.object.len() >= MAX_OBJECT)
    }

    /// The offset behind the object's closing brace.
    fn end_in(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        if self.escaped && !bytes.is_empty() {
            self.escaped = false;
            at = 1;
        }
        loop {
            let rest = bytes.get(at..)?;
            let found = match self.in_string {
                true => memchr2(b'"', b'\\', rest)?,
                false => memchr3(b'"', b'{', b'}', rest)?,
            };
            at += found + 1;
            match rest.get(found)? {
                b'"' => self.in_string = !self.in_string,
                b'{' => self.depth += 1,
                b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
                // A backslash: the byte behind it is only a character.
                _ if at == bytes.len() => self.escaped = true,
                _ => at += 1,
            }
        }
    }
}
