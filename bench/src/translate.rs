//! What translation costs: all thirty pairs against the same API on both sides.

mod gateway;
mod library;

use std::error::Error;
use std::io::{self, Write};

use hermesllm::Api;

/// Measures and prints tables in Markdown.
pub(crate) fn run(quick: bool) -> Result<(), Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let directory = std::env::temp_dir().join(format!("gateway-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let result = library::measure(quick, &mut io::stdout())
        .and_then(|()| gateway::measure(quick, &own, &directory, &mut io::stdout()));
    std::fs::remove_dir_all(&directory)?;
    result
}

/// A row for each client API, a column for each provider's.
struct Matrix([[f64; 6]; 6]);

impl Matrix {
    fn new() -> Self {
        Self([[f64::NAN; 6]; 6])
    }

    fn cell(&mut self, client: Api, upstream: Api) -> &mut f64 {
        &mut self.0[client as usize][upstream as usize]
    }

    fn get(&self, client: Api, upstream: Api) -> f64 {
        self.0[client as usize][upstream as usize]
    }

    /// The pairs whose APIs differ.
    fn translated(&self) -> impl Iterator<Item = f64> + '_ {
        pairs()
            .filter(|(client, upstream)| client != upstream)
            .map(|(client, upstream)| self.get(client, upstream))
    }

    fn print(&self, title: &str, unit: &str, target: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "\n{title} ({unit}{target}); rows are clients, columns providers\n"
        )?;
        let names = Api::ALL.map(|api| format!(" {api} |")).concat();
        writeln!(out, "| |{names}\n|---|{}", "---:|".repeat(6))?;
        for client in Api::ALL {
            let cells = Api::ALL.map(|upstream| match self.get(client, upstream) {
                value if value.is_nan() => " – |".to_owned(),
                value => format!(" {value:.2} |"),
            });
            writeln!(out, "| {client} |{}", cells.concat())?;
        }
        Ok(())
    }
}

fn pairs() -> impl Iterator<Item = (Api, Api)> {
    Api::ALL
        .into_iter()
        .flat_map(|client| Api::ALL.into_iter().map(move |upstream| (client, upstream)))
}
