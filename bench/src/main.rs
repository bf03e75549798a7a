//! Measures what the gateway adds to a call, against the least that any gateway
//! on the same HTTP library could add. See `README.md`.

mod floor;
mod load;
mod measure;
mod mock;
mod process;
mod report;
mod samples;
mod serve;
mod translate;
mod wires;

use std::error::Error;

const USAGE: &str = "usage: gateway_bench run [--quick] | translate [--quick] | mock PORT | floor PORT UPSTREAM_PORT";

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    match command.as_str() {
        "mock" => mock::run(port(&rest)?),
        "floor" => floor::run(port(&rest)?, port(rest.get(1..).unwrap_or_default())?),
        "run" => measure::run(rest.iter().any(|word| word == "--quick")),
        "translate" => translate::run(rest.iter().any(|word| word == "--quick")),
        _ => Err(USAGE.into()),
    }
}

fn port(words: &[String]) -> Result<u16, Box<dyn Error>> {
    Ok(words.first().ok_or("a port is missing")?.parse()?)
}
