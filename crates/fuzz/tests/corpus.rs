//! Every kept input of every target.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test tells by panicking that it failed"
)]

use std::collections::BTreeSet;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use fuzz_targets::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

#[test]
fn every_kept_input_passes() {
    let mut failures = Vec::new();
    for (name, target) in TARGETS {
        let inputs = entries(&corpus().join(name));
        assert!(!inputs.is_empty(), "{name} has no inputs");
        for path in inputs {
            let input = std::fs::read(&path).expect("an input");
            let alone = AssertUnwindSafe(|| target(&input));
            if catch_unwind(alone).is_err() {
                failures.push(path);
            }
        }
    }
    assert!(failures.is_empty(), "failed: {failures:#?}");
}

/// Also without its last bytes, and with nothing.
#[test]
fn every_shorter_input_passes() {
    for (name, target) in TARGETS {
        for path in entries(&corpus().join(name)) {
            let input = std::fs::read(&path).expect("an input");
            let step = input.len() / 40 + 1;
            for length in (0..input.len()).step_by(step) {
                target(&input[..length]);
            }
        }
    }
}

#[test]
fn every_folder_and_every_search_belong_to_a_target() {
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stems = |folder: &Path| -> BTreeSet<String> {
        let stem = |path: &PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into());
        entries(folder).iter().filter_map(stem).collect()
    };
    let searches = Path::new(env!("CARGO_MANIFEST_DIR")).join("libfuzzer/src/bin");
    assert_eq!(stems(&corpus()), names);
    assert_eq!(stems(&searches), names);
}
