//! Between decoding and encoding: a request is made to fit what the target
//! takes, by the capability table and not by each encoder on its own.

mod drawings;
mod search_results;
mod tools;

use super::filters::hide_answer;
use super::{Addressee, RequestError};
use crate::api::Api;
use crate::features::{conversation_field, remove, Feature, Support, Survey};
use crate::ir::{Block, Media, Request, Source};

/// Takes out of `request` what the target does not take, and refuses what it
/// cannot do without. Tools leave it as plain functions with legal names where
/// the target knows no others.
pub(super) fn fit(
    request: &mut Request<'_>,
    client: Api,
    upstream: Api,
    addressee: &mut Addressee<'_>,
) -> Result<(), RequestError> {
    if client != upstream {
        refuse_foreign_files(request, client)?;
    }
    let Addressee {
        capabilities,
        names,
        notes,
        ..
    } = addressee;
    let takes_drawings =
        upstream == Api::GenerateContent || (upstream, client) == (Api::Chat, Api::Chat);
    if !takes_drawings {
        drawings::move_to_user(request, notes);
    }
    let takes_search_results = match upstream {
        Api::Messages => true,
        Api::Converse => capabilities.supports(Feature::DocumentCitations),
        _ => false,
    };
    if !takes_search_results {
        search_results::tell_in_words(request);
    }
    let survey = Survey::of(request);
    for feature in Feature::ALL.iter().copied() {
        if !survey.uses(feature) {
            continue;
        }
        match capabilities.support(feature) {
            Support::Supported | Support::Emulated => {}
            Support::Dropped => {
                remove(feature, request);
                notes.no_counterpart(field_of(feature, &survey, client));
            }
            Support::Rejected if feature == Feature::BuiltInTools => {
                return Err(tools::refuse_built_in(request));
            }
            Support::Rejected => {
                return Err(RequestError::invalid(
                    field_of(feature, &survey, client),
                    &format!("{} is not available at this provider", words(feature)),
                ));
            }
        }
    }
    if !capabilities.supports(Feature::Reasoning) {
        // What cannot think needs no telling not to.
        request.reasoning = None;
    }
    if !capabilities.supports(Feature::StrictTools) {
        // Who cannot be strict may refuse to be told not to be.
        remove(Feature::StrictTools, request);
    }
    if !capabilities.supports(Feature::CacheControl) {
        // Providers that cache by themselves need no marks.
        remove(Feature::CacheControl, request);
    }
    tools::fit(request, capabilities, names)?;
    tools::note_search_losses(request, upstream, notes);
    if capabilities.support(Feature::JsonSchema) == Support::Emulated
        && capabilities.supports(Feature::Tools)
    {
        hide_answer(request, names);
    }
    if matches!(upstream, Api::Messages | Api::Converse) {
        tools::define_called_tools(request);
    }
    Ok(())
}

/// Where the client asked for `feature`.
fn field_of(feature: Feature, survey: &Survey, client: Api) -> String {
    match survey.place(feature) {
        Some(at) if feature == Feature::MessageName => {
            format!("{}[{at}].name", conversation_field(client))
        }
        Some(at) if feature != Feature::CacheControl => {
            format!("{}[{at}]", conversation_field(client))
        }
        _ => feature.field(client).to_owned(),
    }
}

fn words(feature: Feature) -> &'static str {
    match feature {
        Feature::Candidates => "more than one answer per request",
        Feature::Image => "image input",
        Feature::ImageUrl => "an image by URL (send the data inline)",
        Feature::Document => "document input",
        Feature::DocumentUrl => "a document by URL (send the data inline)",
        Feature::Audio => "audio input",
        Feature::Video => "video input",
        Feature::ToolResultMedia => "an image or a document in a tool result",
        Feature::Prefill => "a conversation that ends with the assistant",
        other => other.as_str(),
    }
}

/// A file id means something to the provider alone that gave it out.
fn refuse_foreign_files(request: &Request<'_>, client: Api) -> Result<(), RequestError> {
    let is_file = |block: &Block<'_>| {
        matches!(
            block,
            Block::Media(Media {
                source: Source::File(_),
                ..
            })
        )
    };
    for turn in &request.turns {
        let found = turn.blocks.iter().any(|block| match block {
            Block::ToolResult(result) => result.parts.iter().any(is_file),
            other => is_file(other),
        });
        if found {
            return Err(RequestError::invalid(
                format!("{}[{}]", conversation_field(client), turn.at),
                "a file id of another provider cannot be used; send the data inline",
            ));
        }
    }
    Ok(())
}
