//! The response object around the items.

use super::stop::Ending;
use super::usage::write_usage;
use crate::errors::{openai_code, ApiError, ErrorKind};
use crate::json::JsonWriter;
use crate::usage::Usage;

/// What is told of an answer besides its items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope<'e> {
    pub(super) id: &'e str,
    pub(super) model: &'e str,
    /// Unix seconds.
    pub(super) created: u64,
    /// Members of the request, see [`super::echo`].
    pub(super) echo: &'e str,
    /// The tier that served it.
    pub(super) service_tier: Option<&'e str>,
}

/// How far the answer is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Progress<'p> {
    Running,
    Ended(Ending),
    Error(&'p ApiError),
}

impl Progress<'_> {
    fn status(self) -> &'static str {
        match self {
            Self::Running => "in_progress",
            Self::Ended(ending) => ending.status(),
            Self::Error(_) => Ending::Failed.status(),
        }
    }
}

impl Envelope<'_> {
    pub(super) fn write(
        &self,
        w: &mut JsonWriter<'_>,
        progress: Progress<'_>,
        usage: Option<&Usage>,
        write_output: impl FnOnce(&mut JsonWriter<'_>),
    ) {
        w.object(|w| {
            w.member("id", self.id);
            w.member("object", "response");
            w.member_display("created_at", self.created);
            w.member("status", progress.status());
            write_error(w, progress);
            match progress {
                Progress::Ended(Ending::Incomplete(reason)) => {
                    w.member_object("incomplete_details", |w| w.member("reason", reason));
                }
                _ => w.member_null("incomplete_details"),
            }
            w.member("model", self.model);
            w.members(self.echo);
            w.maybe_string("service_tier", self.service_tier);
            w.member_array("output", write_output);
            match usage {
                Some(usage) => write_usage(w.key("usage"), usage),
                None => w.member_null("usage"),
            }
        });
    }
}

/// The words that this API has for a failure.
/// <https://platform.openai.com/docs/api-reference/responses/object#responses-object-error>
fn failure_code(error: &ApiError) -> &str {
    match error.kind {
        ErrorKind::RateLimit | ErrorKind::ContextTooLong | ErrorKind::Billing => openai_code(error),
        ErrorKind::InvalidRequest | ErrorKind::ContentPolicy => "invalid_prompt",
        _ => "server_error",
    }
}

fn write_error(w: &mut JsonWriter<'_>, progress: Progress<'_>) {
    let (code, message) = match progress {
        Progress::Error(error) => (failure_code(error), &*error.message),
        Progress::Ended(Ending::Failed) => ("server_error", "the model's output could not be read"),
        Progress::Running | Progress::Ended(_) => return w.member_null("error"),
    };
    w.member_object("error", |w| {
        w.member("code", code);
        w.member("message", message);
    });
}
