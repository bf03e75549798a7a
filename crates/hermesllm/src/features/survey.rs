use super::Feature;
use crate::ir::{
    Block, Media, MediaKind, OutputFormat, Request, Role, Source, ToolChoice, ToolKind,
};

/// The features that a request uses, and for those of the conversation the
/// first turn that does.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    used: u64,
    places: Vec<(Feature, usize)>,
}

impl Survey {
    pub(crate) fn of(request: &Request<'_>) -> Self {
        let mut survey = Self::default();
        survey.sampling(request);
        survey.labels(request);
        survey.tools(request);
        survey.conversation(request);
        survey
    }

    pub(crate) fn uses(&self, feature: Feature) -> bool {
        self.used & bit(feature) != 0
    }

    /// Index of the client's message that uses it first.
    pub(crate) fn place(&self, feature: Feature) -> Option<usize> {
        self.places
            .iter()
            .find(|(known, _)| *known == feature)
            .map(|(_, at)| *at)
    }

    fn note(&mut self, used: bool, feature: Feature) {
        if used {
            self.used |= bit(feature);
        }
    }

    fn note_at(&mut self, feature: Feature, at: usize) {
        if !self.uses(feature) {
            self.used |= bit(feature);
            self.places.push((feature, at));
        }
    }

    fn sampling(&mut self, request: &Request<'_>) {
        let sampling = &request.sampling;
        self.note(sampling.temperature.is_some(), Feature::Temperature);
        self.note(sampling.top_p.is_some(), Feature::TopP);
        self.note(sampling.top_k.is_some(), Feature::TopK);
        self.note(!sampling.stop.is_empty(), Feature::Stop);
        self.note(sampling.seed.is_some(), Feature::Seed);
        self.note(
            sampling.candidates.is_some_and(|count| count > 1),
            Feature::Candidates,
        );
        self.note(
            sampling.presence_penalty.is_some(),
            Feature::PresencePenalty,
        );
        self.note(
            sampling.frequency_penalty.is_some(),
            Feature::FrequencyPenalty,
        );
        self.note(sampling.logprobs == Some(true), Feature::Logprobs);
        self.note(sampling.top_logprobs.is_some(), Feature::TopLogprobs);
        self.note(sampling.logit_bias.is_some(), Feature::LogitBias);
    }

    fn labels(&mut self, request: &Request<'_>) {
        self.note(request.user.is_some(), Feature::User);
        self.note(request.metadata.is_some(), Feature::Metadata);
        self.note(request.service_tier.is_some(), Feature::ServiceTier);
        self.note(request.store == Some(true), Feature::Store);
        self.note(request.verbosity.is_some(), Feature::Verbosity);
        self.note(request.prompt_cache_key.is_some(), Feature::PromptCacheKey);
        self.note(
            request.prompt_cache_retention.is_some(),
            Feature::PromptCacheRetention,
        );
        let marked = request.cache.is_some()
            || request.system.iter().any(|block| block.cache.is_some())
            || request.tools.iter().any(|tool| tool.cache.is_some());
        self.note(marked, Feature::CacheControl);
        // Whoever cannot think does not think: nothing is lost.
        let thinks = request
            .reasoning
            .as_ref()
            .is_some_and(|reasoning| !reasoning.disabled);
        self.note(thinks, Feature::Reasoning);
        match &request.output_format {
            None | Some(OutputFormat::Text) => {}
            Some(OutputFormat::JsonObject) => self.note(true, Feature::JsonObject),
            Some(OutputFormat::JsonSchema { .. }) => self.note(true, Feature::JsonSchema),
        }
    }

    fn tools(&mut self, request: &Request<'_>) {
        for tool in &request.tools {
            self.note(tool.namespace.is_some(), Feature::ToolNamespaces);
            match &tool.kind {
                ToolKind::Function { strict, .. } => {
                    self.note(true, Feature::Tools);
                    self.note(*strict == Some(true), Feature::StrictTools);
                }
                ToolKind::Custom { .. } => {
                    self.note(true, Feature::Tools);
                    self.note(true, Feature::CustomTools);
                }
                ToolKind::WebSearch(_) => self.note(true, Feature::WebSearch),
                ToolKind::BuiltIn { kind } => self.note(true, Feature::of_built_in(kind)),
            }
        }
        match &request.tool_choice {
            None | Some(ToolChoice::Auto) => {}
            Some(ToolChoice::None) => self.note(true, Feature::ToolChoiceNone),
            Some(ToolChoice::Required) => self.note(true, Feature::ToolChoiceRequired),
            Some(ToolChoice::Named(_)) => self.note(true, Feature::ToolChoiceNamed),
            Some(ToolChoice::Subset { .. }) => self.note(true, Feature::ToolChoiceSubset),
        }
        self.note(
            request.parallel_tool_calls == Some(false),
            Feature::NoParallelTools,
        );
    }

    fn conversation(&mut self, request: &Request<'_>) {
        for turn in &request.turns {
            if turn.name.is_some() {
                self.note_at(Feature::MessageName, turn.at);
            }
            if turn.role == Role::System {
                self.note_at(Feature::LaterSystem, turn.at);
            }
            for block in &turn.blocks {
                self.block(block, turn.at);
            }
        }
        if let Some(turn) = request.turns.last() {
            if turn.role == Role::Assistant {
                self.note_at(Feature::Prefill, turn.at);
            }
        }
    }

    fn block(&mut self, block: &Block<'_>, at: usize) {
        let mark = match block {
            Block::Text(text) => &text.cache,
            Block::Media(media) => {
                self.media(media, at);
                &media.cache
            }
            Block::SearchResult(found) => &found.cache,
            Block::ToolCall(call) => &call.cache,
            Block::ToolResult(result) => {
                if result.is_error {
                    self.note_at(Feature::ToolResultError, at);
                }
                for part in &result.parts {
                    if let Block::Media(media) = part {
                        self.media(media, at);
                        if !matches!(media.source, Source::PlainText(_)) {
                            self.note_at(Feature::ToolResultMedia, at);
                        }
                    }
                }
                &result.cache
            }
            Block::Thought(_) | Block::Refusal(_) | Block::Opaque(_) => &None,
        };
        if mark.is_some() {
            self.note_at(Feature::CacheControl, at);
        }
    }

    fn media(&mut self, media: &Media<'_>, at: usize) {
        if media.cite {
            self.note_at(Feature::DocumentCitations, at);
        }
        let url = matches!(media.source, Source::Url(_));
        match media.kind {
            MediaKind::Image if url => self.note_at(Feature::ImageUrl, at),
            MediaKind::Image => self.note_at(Feature::Image, at),
            MediaKind::Audio => self.note_at(Feature::Audio, at),
            MediaKind::Video => self.note_at(Feature::Video, at),
            MediaKind::Document if url => self.note_at(Feature::DocumentUrl, at),
            // Plain text goes anywhere.
            MediaKind::Document if matches!(media.source, Source::PlainText(_)) => {}
            MediaKind::Document => self.note_at(Feature::Document, at),
        }
    }
}

const fn bit(feature: Feature) -> u64 {
    1 << feature as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_bit_of_its_own() {
        assert!(Feature::ALL.len() <= 64);
    }
}
