//! The file that tells what is in force. `planoai status` reads it.

use serde_json::{json, Value};

use super::{Failure, InForce};

/// The state as JSON. `description` is what was handed in with the configuration.
pub(super) fn of(
    in_force: &InForce,
    description: &Value,
    last_failure: Option<&Failure>,
) -> Vec<u8> {
    let state = json!({
        "pid": std::process::id(),
        "in_force": in_force,
        "description": description,
        "last_failure": last_failure,
    });
    state.to_string().into_bytes()
}
