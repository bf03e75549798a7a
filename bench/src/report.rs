//! One table.

use std::io::Write;

/// One figure of the gateway, beside the floor's.
pub(crate) struct Row {
    name: String,
    unit: &'static str,
    gateway: f64,
    floor: Option<f64>,
    target: &'static str,
}

impl Row {
    pub(crate) fn value(name: &str, unit: &'static str, gateway: f64) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            gateway,
            floor: None,
            target: "",
        }
    }

    pub(crate) fn floor(mut self, floor: f64) -> Self {
        self.floor = Some(floor);
        self
    }

    pub(crate) fn target(mut self, target: &'static str) -> Self {
        self.target = target;
        self
    }
}

/// The figures, in the order they were taken.
#[derive(Default)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    pub(crate) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    /// Prints a Markdown table.
    pub(crate) fn print(&self) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "| Figure | Floor | Gateway | Ratio | Target |")?;
        writeln!(out, "|---|---:|---:|---:|---|")?;
        for row in &self.0 {
            let value = |value: f64| match value {
                value if value >= 1000.0 => format!("{value:.0} {}", row.unit),
                value => format!("{value:.1} {}", row.unit),
            };
            let floor = row.floor.map_or_else(String::new, value);
            let ratio = row
                .floor
                .map_or_else(String::new, |floor| format!("{:.2} ×", row.gateway / floor));
            let gateway = value(row.gateway);
            writeln!(
                out,
                "| {} | {floor} | {gateway} | {ratio} | {} |",
                row.name, row.target
            )?;
        }
        Ok(())
    }
}
