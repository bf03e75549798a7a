//! Log lines on standard error.

use tracing::level_filters::LevelFilter;

/// Starts logging at `level`: a name such as `debug`; anything else means `info`.
pub(crate) fn init(level: Option<&str>) {
    let level = level
        .and_then(|level| level.trim().parse::<LevelFilter>().ok())
        .unwrap_or(LevelFilter::INFO);
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .with_ansi(false)
        // A reader of the log that has gone must not take the program with it.
        .log_internal_errors(false)
        .with_target(false)
        .init();
}
