//! The library alone, in this process: no sockets.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use hermesllm::{translate_request, Api, StreamTranslation};

use super::{pairs, Matrix};
use crate::samples::median;
use crate::wires::{agent_request, chat_request, model, request, target, wire};

/// Tool turns of the long conversation, about a megabyte.
const TURNS: usize = 200;

pub(super) fn measure(quick: bool, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let runs = if quick { 5 } else { 31 };
    let mut requests = Matrix::new();
    let mut chunks = Matrix::new();
    let long = agent_request(TURNS);
    for (client, upstream) in pairs().filter(|(client, upstream)| client != upstream) {
        *requests.cell(client, upstream) = long_request(client, upstream, &long, runs)?;
        *chunks.cell(client, upstream) = chunk(client, upstream, runs)?;
    }
    let size = long.len() as f64 / 1e6;
    requests.print(
        &format!("A conversation of {TURNS} tool turns, {size:.2} MB"),
        "ms",
        ", target ≤ 10",
        out,
    )?;
    chunks.print("A chunk of a stream", "µs of CPU", ", target ≤ 5", out)?;
    Ok(())
}

/// Milliseconds for one request.
fn long_request(
    client: Api,
    upstream: Api,
    chat: &str,
    runs: usize,
) -> Result<f64, Box<dyn Error>> {
    let body = request(client, chat, "bench")?;
    let name = model(upstream);
    let target = target(upstream, &name)?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let started = Instant::now();
        black_box(translate_request(
            black_box(&body),
            client,
            upstream,
            &target,
        )?);
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(&mut times))
}

/// Microseconds for one event of text.
fn chunk(client: Api, upstream: Api, runs: usize) -> Result<f64, Box<dyn Error>> {
    const CHUNKS: usize = 2_000;
    let body = request(client, &chat_request(400, true), "bench")?;
    let name = model(upstream);
    let target = target(upstream, &name)?;
    let wire = wire(upstream)?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let context = translate_request(&body, client, upstream, &target)?.context;
        let mut stream = StreamTranslation::new(context);
        let mut out = Vec::new();
        stream.push(&wire.first, &mut out)?;
        let started = Instant::now();
        for _ in 0..CHUNKS {
            out.clear();
            stream.push(black_box(&wire.token), &mut out)?;
            if out.is_empty() {
                return Err(format!("{client} from {upstream}: a chunk gave nothing").into());
            }
        }
        times.push(started.elapsed().as_secs_f64() * 1e6 / CHUNKS as f64);
    }
    Ok(median(&mut times))
}
