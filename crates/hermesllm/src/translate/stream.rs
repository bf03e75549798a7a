use super::filters::filtered_decoder;
use super::framing::Framing;
use super::{ReplyContext, ReplyError};
use crate::apis::{event_encoder, EventDecoder, EventEncoder};
use crate::errors::ApiError;
use crate::ir::{BlockStart, Event, Sink, Start};
use crate::usage::Usage;

/// Between decoder and encoder: keeps what the gateway asks about, lets nothing
/// pass after the end, and holds back an error that comes before all else.
#[derive(Debug)]
struct Watch {
    encoder: Box<dyn EventEncoder>,
    /// The client's API holds one answer.
    one_answer: bool,
    /// Open blocks that the client has no use for.
    skipped: Vec<u32>,
    usage: Option<Usage>,
    /// Pieces of text and of tool calls.
    pieces: u64,
    began: bool,
    ended: bool,
    failed: bool,
    early_error: Option<ApiError>,
}

impl Watch {
    /// Whether the event belongs to an answer that the client has no place for,
    /// or to a call that tells no name and so cannot be answered.
    fn skips(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::BlockStart {
                candidate,
                block,
                start,
            } => {
                let nameless =
                    matches!(start, BlockStart::ToolCall { name, .. } if name.is_empty());
                let skips = nameless || (self.one_answer && *candidate > 0);
                if skips {
                    self.skipped.push(*block);
                }
                skips
            }
            Event::Stop { candidate, .. } => self.one_answer && *candidate > 0,
            Event::Delta { block, .. } => self.skipped.contains(block),
            Event::BlockStop { block } => {
                let known = self.skipped.iter().position(|skipped| skipped == block);
                known.map(|at| self.skipped.swap_remove(at)).is_some()
            }
            _ => false,
        }
    }

    /// Exchanges the buffer written to, so that one allocation serves all pushes.
    fn swap_out(&mut self, out: &mut Vec<u8>) {
        std::mem::swap(self.encoder.out(), out);
    }
}

impl Sink for Watch {
    fn take(&mut self, event: Event<'_>) {
        if self.ended || self.skips(&event) {
            return;
        }
        let begins = matches!(event, Event::Start(_));
        if !begins && !self.began && !matches!(event, Event::Error(_)) {
            // Nothing may come before the start, even if the provider forgot it.
            self.began = true;
            self.encoder.take(Event::Start(Start::default()));
        }
        match &event {
            Event::Start(_) if self.began => return,
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Start(start) => {
                self.began = true;
                self.usage = start.usage.or(self.usage);
            }
            Event::End => self.ended = true,
            Event::Error(error) => {
                self.ended = true;
                self.failed = true;
                if !self.began {
                    self.early_error = Some(error.clone());
                    return;
                }
            }
            Event::Delta { .. } => self.pieces += 1,
            Event::BlockStart { .. } | Event::BlockStop { .. } | Event::Stop { .. } => {}
        }
        self.encoder.take(event);
    }
}

/// Translates a stream of events as it comes. However the input is cut, the
/// output is the same.
#[derive(Debug)]
pub struct StreamTranslation {
    framing: Framing,
    decoder: Box<dyn EventDecoder>,
    watch: Watch,
}

impl StreamTranslation {
    /// A translation of one reply.
    pub fn new(context: ReplyContext) -> Self {
        Self {
            framing: Framing::of(context.upstream),
            decoder: filtered_decoder(&context),
            watch: Watch {
                one_answer: context.takes_one_answer(),
                skipped: Vec::new(),
                encoder: event_encoder(context),
                usage: None,
                pieces: 0,
                began: false,
                ended: false,
                failed: false,
                early_error: None,
            },
        }
    }

    /// Takes bytes of the provider and appends bytes for the client to `out`.
    /// After an error the stream cannot go on: call [`Self::fail`].
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ReplyError> {
        if self.watch.ended {
            return Ok(());
        }
        self.watch.swap_out(out);
        let Self {
            framing,
            decoder,
            watch,
        } = self;
        let result = framing.push(bytes, &mut |event| decoder.take(event, watch));
        self.watch.swap_out(out);
        result
    }

    /// The provider has closed the stream: appends what completes the client's,
    /// or an error event if the answer was not complete.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.watch.swap_out(out);
        let Self {
            framing,
            decoder,
            watch,
        } = self;
        // What cannot be read is no last event; the decoder then sees a stream cut off.
        let _ = framing.finish(&mut |event| decoder.take(event, watch));
        decoder.finish(watch);
        self.watch.swap_out(out);
    }

    /// Ends the client's stream with `error`, unless it has ended.
    pub fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.watch.swap_out(out);
        self.watch.take(Event::Error(error.clone()));
        self.watch.swap_out(out);
    }

    /// Whether nothing more will be written.
    pub fn is_terminated(&self) -> bool {
        self.watch.ended
    }

    /// Whether the stream ended with an error.
    pub fn failed(&self) -> bool {
        self.watch.failed
    }

    /// The last token counts the provider gave.
    pub fn usage(&self) -> Option<Usage> {
        self.watch.usage
    }

    /// How many pieces of the answer have passed: about a token each.
    pub fn pieces(&self) -> u64 {
        self.watch.pieces
    }

    /// An error that came before anything was written: the client can still be
    /// answered with its status.
    pub fn before_first_byte_error(&self) -> Option<ApiError> {
        self.watch.early_error.clone()
    }
}
