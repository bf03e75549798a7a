//! An HTTP/1.1 connection to a provider, for one call at a time.
//!
//! It has no task of its own: whoever waits for an answer drives it. That, and
//! handing bytes on without a channel in between, is what the general client
//! cannot do and what this one is for. Parsing of heads is httparse's.

mod framing;
mod head;

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::{pin, Pin};
use std::task::{ready, Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use gateway_core::UpstreamFailure;
use http::response::Parts;
use http_body::Body;
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::connect::Socket;
use super::{Call, UpstreamBody};
use framing::Framing;

/// Size of a read at first, and the most it grows to while reads are full.
const SMALL_READ: usize = 8 * 1024;
const LARGE_READ: usize = 256 * 1024;

/// Longest head of an answer.
const MAX_HEAD: usize = 64 * 1024;

/// Pieces given to one write.
const MAX_SLICES: usize = 16;

pub(super) struct Http1 {
    socket: Socket,
    /// Received, and not taken yet.
    received: BytesMut,
    read_size: usize,
    outgoing: Outgoing,
    framing: Framing,
    /// The provider keeps the connection open after this answer.
    keeps_alive: bool,
}

/// The request on its way.
#[derive(Default)]
struct Outgoing {
    queue: VecDeque<Bytes>,
    body: UpstreamBody,
    chunked: bool,
    ended: bool,
    flushed: bool,
    /// The provider takes no more; it may have answered all the same.
    broken: Option<io::Error>,
}

impl Http1 {
    pub(super) fn new(socket: Socket) -> Self {
        Self {
            socket,
            received: BytesMut::new(),
            read_size: SMALL_READ,
            outgoing: Outgoing::default(),
            framing: Framing::Done,
            keeps_alive: true,
        }
    }

    /// Takes a request; [`Http1::poll_head`] sends it.
    pub(super) fn begin(&mut self, call: Call) {
        let length = call.body.size_hint().exact();
        let mut queue = VecDeque::with_capacity(4);
        queue.push_back(head::write(&call.method, &call.path, &call.headers, length));
        self.outgoing = Outgoing {
            queue,
            body: call.body,
            chunked: length.is_none(),
            ended: false,
            flushed: false,
            broken: None,
        };
    }

    /// Sends the request and waits for the head of its answer.
    pub(super) fn poll_head(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Parts, UpstreamFailure>> {
        self.send(context)?;
        loop {
            if !self.received.is_empty() {
                if let Some(read) = head::read(&mut self.received).map_err(malformed)? {
                    self.framing = read.framing;
                    self.keeps_alive = read.keeps_alive;
                    return Poll::Ready(Ok(read.parts));
                }
                if self.received.len() > MAX_HEAD {
                    return Poll::Ready(Err(malformed("its head is too large")));
                }
            }
            if ready!(self.poll_read(context))? == 0 {
                return Poll::Ready(Err(self.closed()));
            }
        }
    }

    /// The next piece of the answer; `None` at its end.
    pub(super) fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, UpstreamFailure>>> {
        if !self.outgoing.flushed {
            if let Err(failure) = self.send(context) {
                return Poll::Ready(Some(Err(failure)));
            }
        }
        loop {
            match self.framing.take(&mut self.received) {
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(None) if self.framing.is_done() => return Poll::Ready(None),
                Ok(None) => {}
                Err(what) => return Poll::Ready(Some(Err(malformed(what)))),
            }
            match ready!(self.poll_read(context)) {
                Ok(0) if self.framing.end_of_stream() => return Poll::Ready(None),
                Ok(0) => return Poll::Ready(Some(Err(self.closed()))),
                Ok(_) => {}
                Err(failure) => return Poll::Ready(Some(Err(failure))),
            }
        }
    }

    /// Whether the answer was taken to its end.
    pub(super) fn is_complete(&self) -> bool {
        self.framing.is_done()
    }

    /// Whether the connection may serve another call after this one.
    pub(super) fn is_reusable(&self) -> bool {
        self.keeps_alive
            && self.outgoing.flushed
            && self.framing.is_done()
            && self.received.is_empty()
    }

    /// Whether the provider has neither sent anything nor closed while idle.
    pub(super) fn is_idle(&mut self, context: &mut Context<'_>) -> bool {
        self.poll_read(context).is_pending()
    }

    fn closed(&mut self) -> UpstreamFailure {
        match self.outgoing.broken.take() {
            Some(error) => broken(&error),
            None => UpstreamFailure::Broken("closed before its answer was complete".into()),
        }
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<usize, UpstreamFailure>> {
        if self.received.capacity() - self.received.len() < self.read_size / 2 {
            self.received.reserve(self.read_size);
        }
        let room = self.received.capacity() - self.received.len();
        let read = pin!(self.socket.read_buf(&mut self.received));
        let count = ready!(read.poll(context)).map_err(|error| broken(&error))?;
        if count == room {
            self.read_size = (self.read_size * 2).min(LARGE_READ);
        } else if count < self.read_size / 4 {
            self.read_size = (self.read_size / 2).max(SMALL_READ);
        }
        Poll::Ready(Ok(count))
    }

    /// Sends what can be sent now.
    fn send(&mut self, context: &mut Context<'_>) -> Result<(), UpstreamFailure> {
        let outgoing = &mut self.outgoing;
        if outgoing.broken.is_some() {
            return Ok(());
        }
        loop {
            let given_up = |_| UpstreamFailure::Broken("the request was given up".into());
            outgoing.fill(context).map_err(given_up)?;
            if outgoing.queue.is_empty() {
                if let Poll::Ready(result) = Pin::new(&mut self.socket).poll_flush(context) {
                    outgoing.flushed = outgoing.ended && result.is_ok();
                    outgoing.broken = result.err();
                }
                return Ok(());
            }
            match outgoing.poll_write(&mut self.socket, context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => {
                    outgoing.broken = Some(error);
                    return Ok(());
                }
                Poll::Pending => return Ok(()),
            }
        }
    }
}

impl Outgoing {
    /// Takes pieces of the body while there is room for them.
    fn fill(&mut self, context: &mut Context<'_>) -> Result<(), super::GivenUp> {
        while !self.ended && self.queue.len() < MAX_SLICES {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Pending => break,
                Poll::Ready(Some(frame)) => {
                    // The bodies sent here have no trailers.
                    if let Ok(piece) = frame?.into_data() {
                        self.push(piece);
                    }
                }
                Poll::Ready(None) => {
                    self.ended = true;
                    if self.chunked {
                        self.queue.push_back(Bytes::from_static(b"0\r\n\r\n"));
                    }
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        if self.chunked {
            self.queue
                .push_back(format!("{:x}\r\n", piece.len()).into());
            self.queue.push_back(piece);
            self.queue.push_back(Bytes::from_static(b"\r\n"));
        } else {
            self.queue.push_back(piece);
        }
    }

    fn poll_write(
        &mut self,
        socket: &mut Socket,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut slices = [io::IoSlice::new(&[]); MAX_SLICES];
        let mut count = 0;
        for (slice, piece) in slices.iter_mut().zip(&self.queue) {
            *slice = io::IoSlice::new(piece);
            count += 1;
        }
        let written = Pin::new(socket).poll_write_vectored(context, &slices[..count]);
        let mut left = ready!(written)?;
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        while let Some(first) = self.queue.front_mut() {
            if left < first.len() {
                first.advance(left);
                break;
            }
            left -= first.len();
            self.queue.pop_front();
        }
        Poll::Ready(Ok(()))
    }
}

fn broken(error: &io::Error) -> UpstreamFailure {
    UpstreamFailure::Broken(error.to_string())
}

fn malformed(what: &str) -> UpstreamFailure {
    UpstreamFailure::Broken(format!("its answer is not valid HTTP/1.1: {what}"))
}
