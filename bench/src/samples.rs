//! Times in nanoseconds, and what is read off them.

/// Samples of one kind.
#[derive(Default, Clone)]
pub(crate) struct Samples(Vec<u64>);

impl Samples {
    pub(crate) fn push(&mut self, nanoseconds: u64) {
        self.0.push(nanoseconds);
    }

    /// The value below which `share` of the samples lie, in microseconds.
    pub(crate) fn quantile(&mut self, share: f64) -> f64 {
        if self.0.is_empty() {
            return f64::NAN;
        }
        self.0.sort_unstable();
        let index = (share * (self.0.len() - 1) as f64).round() as usize;
        self.0[index] as f64 / 1000.0
    }
}

/// The middle of a few values.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[length / 2],
        length => (values[length / 2 - 1] + values[length / 2]) / 2.0,
    }
}
