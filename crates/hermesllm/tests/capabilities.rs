//! What the capability table declares is what happens: for every provider, API
//! and feature, a request that asks for the feature is translated.

#![expect(clippy::panic, reason = "a test tells by panicking that it failed")]

#[path = "capabilities/conversation.rs"]
mod conversation;
#[path = "capabilities/members.rs"]
mod members;
#[path = "capabilities/samples.rs"]
mod samples;
#[path = "translation/threads.rs"]
mod threads;
#[path = "capabilities/tools.rs"]
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use hermesllm::providers::{self, Provider};
use hermesllm::{
    translate_with_media, Api, Capabilities, ErrorKind, Feature, RemoteMedia, RequestError,
    Support, Target, TranslatedRequest,
};
use serde_json::Value;

use samples::{samples, Sample, URL};
use threads::on_all_threads;

/// Models of every family that the table or a converter knows.
const MODELS: [&str; 24] = [
    "gpt-4o",
    "gpt-4o-search-preview",
    "o3-mini",
    "gpt-5.1",
    "gpt-5-chat-latest",
    "openai/gpt-5.1",
    "claude-3-5-sonnet-20241022",
    "claude-sonnet-4-5",
    "anthropic/claude-opus-4.7",
    "amazon.nova-pro-v1:0",
    "meta.llama3-1-70b-instruct-v1:0",
    "gemini-2.0-flash",
    "gemini-2.5-flash",
    "gemini-3-pro-preview",
    "gemma-3-27b-it",
    "command-a-03-2025",
    "command-a-reasoning-08-2025",
    "command-a-vision-07-2025",
    "grok-3-mini",
    "grok-4",
    "kimi-k3",
    "kimi-for-coding",
    "mistral-large-latest",
    "any",
];

/// Features that say something of tools: without tools they mean nothing.
const OF_TOOLS: [Feature; 8] = [
    Feature::StrictTools,
    Feature::ToolChoiceNone,
    Feature::ToolChoiceRequired,
    Feature::ToolChoiceNamed,
    Feature::ToolChoiceSubset,
    Feature::NoParallelTools,
    Feature::CustomTools,
    Feature::ToolNamespaces,
];

/// What clients of one API alone can ask for: it is never translated to it.
const OWN: [(Api, Feature); 9] = [
    (Api::Chat, Feature::LogitBias),
    (Api::Chat, Feature::MessageName),
    (Api::Responses, Feature::ToolNamespaces),
    (Api::Responses, Feature::ToolSearch),
    (Api::Responses, Feature::ImageGeneration),
    (Api::Responses, Feature::BuiltInTools),
    (Api::Messages, Feature::ToolResultMedia),
    (Api::Messages, Feature::ToolResultError),
    (Api::Messages, Feature::DocumentCitations),
];

#[test]
fn what_is_declared_happens() {
    let problems: Mutex<BTreeMap<String, Vec<&str>>> = Mutex::default();
    on_all_threads(Feature::ALL, |feature| {
        for sample in samples(*feature) {
            for (provider, api, model) in targets().filter(|(_, api, _)| *api != sample.client) {
                if let Err(problem) = check(*feature, &sample, provider, api, model) {
                    let (feature, client) = (feature.as_str(), sample.client);
                    let place = format!("{feature} from {client} to {api} of {}", provider.id);
                    let mut problems = problems.lock().expect("no panic");
                    let models = problems.entry(format!("{place}: {problem}"));
                    models.or_default().push(model);
                }
            }
        }
    });
    let problems = problems.into_inner().expect("no panic");
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn every_feature_is_asked_for() {
    let apis: BTreeSet<Api> = targets().map(|(_, api, _)| api).collect();
    assert_eq!(apis, BTreeSet::from(Api::ALL));
    for feature in Feature::ALL {
        let clients: Vec<Api> = samples(*feature)
            .iter()
            .map(|sample| sample.client)
            .collect();
        for api in Api::ALL {
            let foreign = clients.iter().any(|client| *client != api);
            let is_own = OWN.contains(&(api, *feature));
            assert_ne!(foreign, is_own, "{api} {}", feature.as_str());
        }
    }
}

/// Every provider with each API that it offers for each model.
fn targets() -> impl Iterator<Item = (&'static Provider, Api, &'static str)> {
    providers::all().iter().flat_map(|provider| {
        MODELS.into_iter().flat_map(move |model| {
            Api::ALL
                .into_iter()
                .filter(move |api| provider.upstream_api(*api, None, model) == *api)
                .map(move |api| (provider, api, model))
        })
    })
}

fn translate(
    body: &Value,
    client: Api,
    target: &Target<'_>,
    upstream: Api,
) -> Result<TranslatedRequest, RequestError> {
    let media = ["image/png", "application/pdf"].map(|media_type| RemoteMedia {
        url: URL.to_owned(),
        media_type: media_type.to_owned(),
        data: b"data".to_vec(),
    });
    let is_image = body.to_string().contains("\"image");
    let fetched = if is_image { &media[..1] } else { &media[1..] };
    translate_with_media(
        body.to_string().as_bytes(),
        client,
        upstream,
        target,
        fetched,
    )
}

fn check(
    feature: Feature,
    sample: &Sample,
    provider: &'static Provider,
    upstream: Api,
    model: &str,
) -> Result<(), String> {
    let target = Target {
        provider,
        model,
        now_unix: 1_700_000_000,
        seed: 7,
    };
    let capabilities = Capabilities::of(provider, upstream, model);
    let takes_tools = matches!(
        capabilities.support(Feature::Tools),
        Support::Supported | Support::Emulated
    );
    if OF_TOOLS.contains(&feature) && !takes_tools {
        return Ok(());
    }
    let without = translate(&sample.without, sample.client, &target, upstream)
        .unwrap_or_else(|error| panic!("{} without it: {error}", feature.as_str()));
    let with = translate(&sample.with, sample.client, &target, upstream);
    let support = capabilities.support(feature);
    let noted = |with: &TranslatedRequest| -> Vec<String> {
        let known = |field: &str| without.dropped.iter().any(|lost| lost.field == field);
        let all = with.dropped.iter().map(|lost| lost.field.clone());
        all.filter(|field| !known(field)).collect()
    };
    match (support, with) {
        (Support::Rejected, Err(error)) => {
            let right = error.kind == ErrorKind::InvalidRequest
                && error.param.as_deref() == Some(sample.field.as_str());
            right
                .then_some(())
                .ok_or_else(|| format!("refused as {:?} {:?}", error.kind, error.param))
        }
        (Support::Rejected, Ok(_)) => Err("is not refused".to_owned()),
        (_, Err(error)) => Err(format!("{}, but refused: {error}", support.as_str())),
        (Support::Dropped, Ok(with)) => {
            if noted(&with) != [sample.field.clone()] {
                return Err(format!("dropped, noted: {:?}", noted(&with)));
            }
            (with.body == without.body)
                .then_some(())
                .ok_or_else(|| "dropped, but it shows in the body".to_owned())
        }
        (Support::Supported | Support::Emulated, Ok(with)) => {
            if !noted(&with).is_empty() {
                return Err(format!("{}, noted: {:?}", support.as_str(), noted(&with)));
            }
            // Providers that cache by themselves need no marks.
            let unseen = support == Support::Emulated && feature == Feature::CacheControl;
            (with.body != without.body || unseen)
                .then_some(())
                .ok_or_else(|| format!("{}, but the body does not tell", support.as_str()))
        }
    }
}
