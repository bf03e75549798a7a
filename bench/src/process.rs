//! The processes under test: started on loopback, watched through `/proc`.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A child that is killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nothing listens on.
pub(crate) fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

impl Process {
    /// Starts `command`, which will listen on `port`; waits until it answers.
    /// Returns the process and the time from start to first answer.
    pub(crate) fn start(
        command: &mut Command,
        port: u16,
    ) -> Result<(Self, Duration), Box<dyn Error>> {
        let started = Instant::now();
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut process = Self { child, port };
        while !answers(port) {
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("{command:?} ended: {status}").into());
            }
            if started.elapsed() > Duration::from_secs(10) {
                return Err(format!("{command:?} does not answer").into());
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok((process, started.elapsed()))
    }

    /// CPU time used so far by all threads, in nanoseconds.
    pub(crate) fn cpu(&self) -> Result<u64, Box<dyn Error>> {
        let mut total = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let spent = text.split_whitespace().next().ok_or("schedstat is empty")?;
            total += spent.parse::<u64>()?;
        }
        Ok(total)
    }

    /// Resident memory, in MiB.
    pub(crate) fn memory(&self) -> Result<f64, Box<dyn Error>> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kib.ok_or("no VmRSS")?.parse::<f64>()? / 1024.0)
    }
}

fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut first = [0; 12];
        stream.read_exact(&mut first)?;
        Ok(first.starts_with(b"HTTP/1.1 "))
    };
    ask().unwrap_or(false)
}

/// Writes the configuration that sends model `bench` to `upstream`.
pub(crate) fn write_config(
    path: &Path,
    port: u16,
    metrics: u16,
    upstream: u16,
) -> std::io::Result<()> {
    let text = format!(
        "version: v0.4.0
listeners:
  - {{name: bench, type: model, address: 127.0.0.1, port: {port}, timeout_ms: 300000}}
metrics: {{address: 127.0.0.1, port: {metrics}}}
model_providers:
  - name: bench
    model: bench
    provider_interface: openai
    access_key: sk-bench
    base_url: http://127.0.0.1:{upstream}/v1
overrides:
  max_request_body_bytes: 33554432
  drain_timeout_ms: 1000
  upstream_connect_timeout_ms: 5000
  upstream_first_byte_timeout_ms: 300000
  upstream_idle_timeout_ms: 300000
  on_unsupported: warn
  fetch_media: public
"
    );
    std::fs::write(path, text)
}
