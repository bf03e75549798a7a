//! The gateway as a process, between a client and the mock provider.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use hermesllm::Api;

use super::{pairs, Matrix};
use crate::load::{Client, TOKENS};
use crate::process::{free_port, Process};
use crate::samples::Samples;
use crate::serve::local_runtime;
use crate::wires::{chat_request, model, path, provider, request};

/// Bytes of text in a small request: with the tool about a kilobyte.
const SMALL: usize = 600;
/// Streams held open.
const STREAMS: usize = 400;

pub(super) fn measure(
    quick: bool,
    own: &Path,
    directory: &Path,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let port = free_port()?;
    let (mock, _) = Process::start(Command::new(own).args(["mock", &port.to_string()]), port)?;
    let start = || start_gateway(own, directory, mock.port);
    let runtime = local_runtime()?;
    let gateway = start()?;
    let rounds = if quick { 200 } else { 2_000 };
    runtime.block_on(latency(&mock, &gateway, rounds, out))?;
    drop(gateway);
    writeln!(
        out,
        "\n| Memory per open stream, {STREAMS} streams | KiB | Target |\n|---|---:|---|"
    )?;
    for (client, upstream) in [
        (Api::Chat, Api::Chat),
        (Api::Messages, Api::Chat),
        (Api::Chat, Api::Messages),
        (Api::Responses, Api::Messages),
        (Api::GenerateContent, Api::Converse),
        (Api::Converse, Api::CohereChat),
        (Api::CohereChat, Api::Responses),
    ] {
        let memory = local_runtime()?.block_on(memory(&start()?, client, upstream))?;
        writeln!(out, "| {client} from {upstream} | {memory:.1} | ≤ 64 |")?;
    }
    Ok(())
}

fn start_gateway(own: &Path, directory: &Path, upstream: u16) -> Result<Process, Box<dyn Error>> {
    let port = free_port()?;
    let config = directory.join("translate.yaml");
    std::fs::write(&config, configuration(port, free_port()?, upstream)?)?;
    let brightstaff = own.with_file_name("brightstaff");
    let (gateway, _) =
        Process::start(Command::new(brightstaff).arg("--config").arg(&config), port)?;
    Ok(gateway)
}

fn configuration(port: u16, metrics: u16, upstream: u16) -> Result<String, std::fmt::Error> {
    let mut text = format!(
        "version: v0.4.0
listeners:
  - {{name: bench, type: model, address: 127.0.0.1, port: {port}, timeout_ms: 300000}}
metrics: {{address: 127.0.0.1, port: {metrics}}}
overrides:
  max_request_body_bytes: 33554432
  drain_timeout_ms: 1000
  upstream_connect_timeout_ms: 5000
  upstream_first_byte_timeout_ms: 300000
  upstream_idle_timeout_ms: 300000
  on_unsupported: warn
  fetch_media: public
model_providers:
"
    );
    let entries = Api::ALL.map(|api| (model(api), provider(api)));
    let own = [("own-responses".to_owned(), "openai")];
    for (model, provider) in entries.into_iter().chain(own) {
        let base = format!("http://127.0.0.1:{upstream}");
        writeln!(
            text,
            "  - {{name: {model}, model: {model}, provider_interface: {provider}, access_key: sk-bench, base_url: '{base}'}}"
        )?;
    }
    Ok(text)
}

/// The model that brings a client to a provider of `upstream`.
fn route(client: Api, upstream: Api) -> String {
    match (client, upstream) {
        // The other entry's backend has rules of its own.
        (Api::Responses, Api::Responses) => "own-responses".to_owned(),
        _ => model(upstream),
    }
}

/// One connection, all pairs in turn.
async fn latency(
    mock: &Process,
    gateway: &Process,
    rounds: usize,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let chat = chat_request(SMALL, false);
    let mut direct = Client::connect(mock.port).await?;
    let mut client = Client::connect(gateway.port).await?;
    let mut calls = Vec::new();
    for (from, to) in pairs() {
        let model = route(from, to);
        let asked = (path(from, &model, false), request(from, &chat, &model)?);
        calls.push((from, to, asked, Samples::default()));
    }
    let mut bases = Vec::new();
    for api in Api::ALL {
        let asked = (path(api, "bench", false), request(api, &chat, "bench")?);
        bases.push((api, asked, Samples::default()));
    }
    for round in 0..rounds + rounds / 10 {
        // The first tenth warms caches up.
        let counts = round >= rounds / 10;
        for (_, (path, body), samples) in &mut bases {
            let took = direct.ask(path, body, None, None).await?;
            if counts {
                samples.push(took.whole);
            }
        }
        for (_, _, (path, body), samples) in &mut calls {
            let took = client.ask(path, body, None, None).await?;
            if counts {
                samples.push(took.whole);
            }
        }
    }
    let mut base = [0.0; 6];
    for (api, _, samples) in &mut bases {
        base[*api as usize] = samples.quantile(0.5);
    }
    let mut added = Matrix::new();
    for (from, to, _, samples) in &mut calls {
        *added.cell(*from, *to) = samples.quantile(0.5) - base[*to as usize];
    }
    added.print("Added p50, 1 KB, 1 connection", "µs", "", out)?;
    let same = Api::ALL.map(|api| added.get(api, api));
    let same = same.iter().sum::<f64>() / 6.0;
    let mut ratios = Matrix::new();
    for (from, to) in pairs() {
        *ratios.cell(from, to) = added.get(from, to) / same;
    }
    ratios.print(
        &format!("Against the mean of the six same-API paths, {same:.1} µs"),
        "ratio",
        ", target ≤ 1.5",
        out,
    )?;
    let worst = ratios.translated().fold(0.0, f64::max);
    let mean = ratios.translated().sum::<f64>() / 30.0;
    writeln!(
        out,
        "\nTranslated pairs: mean {mean:.2} ×, worst {worst:.2} ×"
    )?;
    Ok(())
}

/// KiB that one open stream adds to an idle gateway.
async fn memory(gateway: &Process, client: Api, upstream: Api) -> Result<f64, Box<dyn Error>> {
    let model = route(client, upstream);
    let path: Rc<str> = path(client, &model, true).into();
    let body: Bytes = request(client, &chat_request(SMALL, true), &model)?;
    let before = gateway.memory()?;
    let begun = Rc::new(Cell::new(0));
    for _ in 0..STREAMS {
        let (path, body, begun) = (Rc::clone(&path), body.clone(), Rc::clone(&begun));
        let port = gateway.port;
        tokio::task::spawn_local(async move {
            let mut client = Client::connect(port)
                .await
                .map_err(|error| error.to_string())?;
            let wanted = format!("{TOKENS}100/3000");
            client
                .ask(&path, &body, Some(&wanted), Some(&begun))
                .await
                .map_err(|error| error.to_string())
        });
    }
    let mut waited = 0;
    while begun.get() < STREAMS {
        tokio::time::sleep(Duration::from_millis(20)).await;
        waited += 1;
        if waited > 500 {
            return Err(format!("{} of {STREAMS} streams began", begun.get()).into());
        }
    }
    Ok((gateway.memory()? - before) * 1024.0 / STREAMS as f64)
}
