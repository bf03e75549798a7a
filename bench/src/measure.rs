//! The measurements, each paired: direct, floor and gateway take turns in one
//! run, so that a machine that slows down slows all of them.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;

use crate::load::{chat_body, saturate, stream, Client};
use crate::process::{free_port, write_config, Process};
use crate::report::{Report, Row};
use crate::samples::{median, Samples};
use crate::serve::local_runtime;

/// The processes under test.
struct Targets {
    mock: Process,
    floor: Process,
    gateway: Process,
}

/// How much to measure.
struct Effort {
    calls: usize,
    large_calls: usize,
    streams: usize,
    rounds: usize,
    round: Duration,
    starts: usize,
}

const THOROUGH: Effort = Effort {
    calls: 4000,
    large_calls: 400,
    streams: 21,
    rounds: 7,
    round: Duration::from_millis(800),
    starts: 15,
};

const QUICK: Effort = Effort {
    calls: 800,
    large_calls: 100,
    streams: 7,
    rounds: 3,
    round: Duration::from_millis(300),
    starts: 5,
};

/// Streams at a time, and tokens in each.
const STREAMS: usize = 8;
const TOKENS: u32 = 200;

pub(crate) fn run(quick: bool) -> Result<(), Box<dyn Error>> {
    let effort = if quick { QUICK } else { THOROUGH };
    let own = std::env::current_exe()?;
    let brightstaff = own.with_file_name("brightstaff");
    let directory = std::env::temp_dir().join(format!("gateway-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let mut report = Report::default();
    let result = measure(&effort, &own, &brightstaff, &directory, &mut report);
    std::fs::remove_dir_all(&directory)?;
    result?;
    report.print()?;
    Ok(())
}

fn measure(
    effort: &Effort,
    own: &Path,
    brightstaff: &Path,
    directory: &Path,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let config = directory.join("config.yaml");
    starts(effort, own, brightstaff, &config, report)?;
    let targets = start(own, brightstaff, &config)?;
    std::thread::sleep(Duration::from_millis(300));
    report.push(
        Row::value("idle memory", "MiB", targets.gateway.memory()?)
            .floor(targets.floor.memory()?)
            .target("≤ 8 MiB"),
    );
    let runtime = local_runtime()?;
    for (name, size, calls) in [
        ("1 KB", 1_000, effort.calls),
        ("100 KB", 100_000, effort.large_calls * 3),
        ("1 MB", 1_000_000, effort.large_calls),
    ] {
        let body = chat_body(size, false);
        runtime.block_on(latency(&targets, name, &body, calls, report))?;
    }
    runtime.block_on(streams(&targets, effort, report))?;
    let body = chat_body(1_000, false);
    for connections in [8, 16, 64] {
        runtime.block_on(throughput(&targets, effort, connections, &body, report))?;
    }
    let large = chat_body(1_000_000, false);
    runtime.block_on(large_cpu(&targets, effort, &large, report))?;
    report.push(
        Row::value("memory after the load", "MiB", targets.gateway.memory()?)
            .floor(targets.floor.memory()?),
    );
    Ok(())
}

fn start(own: &Path, brightstaff: &Path, config: &Path) -> Result<Targets, Box<dyn Error>> {
    let port = free_port()?;
    let (mock, _) = Process::start(Command::new(own).args(["mock", &port.to_string()]), port)?;
    let port = free_port()?;
    let (floor, _) = Process::start(
        Command::new(own).args(["floor", &port.to_string(), &mock.port.to_string()]),
        port,
    )?;
    let (gateway, _) = start_gateway(brightstaff, config, mock.port)?;
    Ok(Targets {
        mock,
        floor,
        gateway,
    })
}

fn start_gateway(
    brightstaff: &Path,
    config: &Path,
    upstream: u16,
) -> Result<(Process, Duration), Box<dyn Error>> {
    let port = free_port()?;
    write_config(config, port, free_port()?, upstream)?;
    Process::start(Command::new(brightstaff).arg("--config").arg(config), port)
}

fn starts(
    effort: &Effort,
    own: &Path,
    brightstaff: &Path,
    config: &Path,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let (mut gateway, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..effort.starts {
        let (process, took) = start_gateway(brightstaff, config, 9)?;
        gateway.push(took.as_secs_f64() * 1000.0);
        drop(process);
        let port = free_port()?;
        let mut command = Command::new(own);
        let (process, took) =
            Process::start(command.args(["floor", &port.to_string(), "9"]), port)?;
        floor.push(took.as_secs_f64() * 1000.0);
        drop(process);
    }
    report.push(
        Row::value("start to first answer", "ms", median(&mut gateway))
            .floor(median(&mut floor))
            .target("≤ 20 ms"),
    );
    command_start(effort, own, report)
}

/// `planoai --version` against an empty program of the same Node.
fn command_start(effort: &Effort, own: &Path, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let Some(root) = own.ancestors().nth(4).map(PathBuf::from) else {
        return Ok(());
    };
    let (node, planoai) = (
        root.join("node_modules/node/bin/node"),
        root.join("apps/plano/bin/planoai.cjs"),
    );
    if !node.exists() || !planoai.exists() {
        return Ok(());
    }
    let time = |command: &mut Command| -> std::io::Result<f64> {
        let started = std::time::Instant::now();
        command.output()?;
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    };
    let (mut ours, mut empty) = (Vec::new(), Vec::new());
    for _ in 0..effort.starts {
        ours.push(time(Command::new(&node).arg(&planoai).arg("--version"))?);
        empty.push(time(Command::new(&node).args(["-e", "0"]))?);
    }
    report.push(
        Row::value(
            "planoai --version (floor: node -e 0)",
            "ms",
            median(&mut ours),
        )
        .floor(median(&mut empty))
        .target("≤ 1.25 ×"),
    );
    Ok(())
}

async fn latency(
    targets: &Targets,
    name: &str,
    body: &Bytes,
    calls: usize,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let mut clients = clients(targets).await?;
    let mut times = [Samples::default(), Samples::default(), Samples::default()];
    for call in 0..calls + calls / 10 {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            let took = client.call(body, None).await?;
            // The first tenth warms caches up.
            if call >= calls / 10 {
                times.push(took.whole);
            }
        }
    }
    let [mut direct, mut floor, mut gateway] = times;
    for (label, share) in [("p50", 0.5), ("p99", 0.99)] {
        let base = direct.quantile(share);
        let target = match (name, label) {
            ("1 KB", "p50") => "≤ 1.25 ×",
            ("1 MB", "p50") => "≤ 1.5 ×",
            _ => "",
        };
        report.push(
            Row::value(
                &format!("added {label}, {name}, 1 connection"),
                "µs",
                gateway.quantile(share) - base,
            )
            .floor(floor.quantile(share) - base)
            .target(target),
        );
    }
    Ok(())
}

async fn clients(targets: &Targets) -> Result<[Client; 3], Box<dyn Error>> {
    Ok([
        Client::connect(targets.mock.port).await?,
        Client::connect(targets.floor.port).await?,
        Client::connect(targets.gateway.port).await?,
    ])
}

async fn streams(
    targets: &Targets,
    effort: &Effort,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let body = chat_body(1_000, true);
    let mut clients = clients(targets).await?;
    let mut firsts = [Samples::default(), Samples::default(), Samples::default()];
    // First tokens come from short streams: more of them, and no pauses in between.
    for call in 0..effort.calls / 2 {
        for (client, firsts) in clients.iter_mut().zip(&mut firsts) {
            let took = client.call(&body, Some(1)).await?;
            if call >= effort.calls / 20 {
                firsts.push(took.first);
            }
        }
    }
    let [mut direct, mut floor, mut gateway] = firsts;
    let base = direct.quantile(0.5);
    report.push(
        Row::value(
            "added time to first token, p50",
            "µs",
            gateway.quantile(0.5) - base,
        )
        .floor(floor.quantile(0.5) - base)
        .target("≤ 1.25 ×"),
    );
    let (mut floor_cpu, mut gateway_cpu) = (Vec::new(), Vec::new());
    for _ in 0..effort.streams {
        floor_cpu.push(token_cpu(&targets.floor, &body).await?);
        gateway_cpu.push(token_cpu(&targets.gateway, &body).await?);
    }
    report.push(
        Row::value(
            &format!("CPU per streamed token, {STREAMS} streams"),
            "µs",
            median(&mut gateway_cpu),
        )
        .floor(median(&mut floor_cpu))
        .target("≤ 1.1 ×"),
    );
    Ok(())
}

async fn token_cpu(process: &Process, body: &Bytes) -> Result<f64, Box<dyn Error>> {
    let before = process.cpu()?;
    stream(process.port, STREAMS, TOKENS, body).await?;
    let tokens = STREAMS as f64 * f64::from(TOKENS);
    Ok((process.cpu()? - before) as f64 / 1000.0 / tokens)
}

async fn throughput(
    targets: &Targets,
    effort: &Effort,
    connections: usize,
    body: &Bytes,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let mut rates = [Vec::new(), Vec::new()];
    let mut costs = [Vec::new(), Vec::new()];
    let processes = [&targets.floor, &targets.gateway];
    for _ in 0..effort.rounds {
        for (index, process) in processes.iter().enumerate() {
            let before = process.cpu()?;
            let answered = saturate(process.port, connections, body, effort.round).await?;
            let spent = process.cpu()? - before;
            rates[index].push(answered as f64 / effort.round.as_secs_f64());
            costs[index].push(spent as f64 / 1000.0 / answered as f64);
        }
    }
    let [mut floor, mut gateway] = rates;
    let (floor, gateway) = (median(&mut floor), median(&mut gateway));
    report.push(
        Row::value(
            &format!("requests per second, {connections} connections"),
            "/s",
            gateway,
        )
        .floor(floor)
        .target("≥ 0.8 ×"),
    );
    let [mut floor, mut gateway] = costs;
    let target = if connections == 8 { "≤ 1.4 ×" } else { "" };
    report.push(
        Row::value(
            &format!("CPU per request, {connections} connections"),
            "µs",
            median(&mut gateway),
        )
        .floor(median(&mut floor))
        .target(target),
    );
    Ok(())
}

async fn large_cpu(
    targets: &Targets,
    effort: &Effort,
    body: &Bytes,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let mut costs = [Vec::new(), Vec::new()];
    for _ in 0..effort.rounds {
        for (process, costs) in [&targets.floor, &targets.gateway]
            .into_iter()
            .zip(&mut costs)
        {
            let before = process.cpu()?;
            let answered = saturate(process.port, 1, body, effort.round).await?;
            costs.push((process.cpu()? - before) as f64 / 1000.0 / answered as f64);
        }
    }
    let [mut floor, mut gateway] = costs;
    report.push(
        Row::value(
            "CPU per request, 1 MB, 1 connection",
            "µs",
            median(&mut gateway),
        )
        .floor(median(&mut floor))
        .target("≤ 1.5 ×"),
    );
    Ok(())
}
