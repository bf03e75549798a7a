use super::Feature;
use crate::ir::{Block, MediaKind, OutputFormat, Request, Source, Tool, ToolKind};

/// Takes `feature` out of the request.
pub(crate) fn remove(feature: Feature, request: &mut Request<'_>) {
    let sampling = &mut request.sampling;
    match feature {
        Feature::Temperature => sampling.temperature = None,
        Feature::TopP => sampling.top_p = None,
        Feature::TopK => sampling.top_k = None,
        Feature::Stop => sampling.stop.clear(),
        Feature::Seed => sampling.seed = None,
        Feature::Candidates => sampling.candidates = None,
        Feature::PresencePenalty => sampling.presence_penalty = None,
        Feature::FrequencyPenalty => sampling.frequency_penalty = None,
        Feature::Logprobs => sampling.logprobs = None,
        Feature::TopLogprobs => sampling.top_logprobs = None,
        Feature::LogitBias => sampling.logit_bias = None,
        Feature::User => request.user = None,
        Feature::Metadata => request.metadata = None,
        Feature::ServiceTier => request.service_tier = None,
        Feature::Store => request.store = None,
        Feature::Verbosity => request.verbosity = None,
        Feature::PromptCacheKey => request.prompt_cache_key = None,
        Feature::PromptCacheRetention => request.prompt_cache_retention = None,
        Feature::CacheControl => remove_marks(request),
        Feature::MessageName => request.turns.iter_mut().for_each(|turn| turn.name = None),
        Feature::Reasoning => request.reasoning = None,
        Feature::JsonObject | Feature::JsonSchema => {
            request.output_format = Some(OutputFormat::Text);
        }
        Feature::Tools => {
            request
                .tools
                .retain(|tool| matches!(tool.kind, ToolKind::WebSearch(_)));
            request.tool_choice = None;
            request.parallel_tool_calls = None;
        }
        Feature::StrictTools => {
            for tool in &mut request.tools {
                if let ToolKind::Function { strict, .. } = &mut tool.kind {
                    *strict = None;
                }
            }
        }
        Feature::ToolChoiceNone
        | Feature::ToolChoiceRequired
        | Feature::ToolChoiceNamed
        | Feature::ToolChoiceSubset => request.tool_choice = None,
        Feature::NoParallelTools => request.parallel_tool_calls = None,
        Feature::CustomTools => request
            .tools
            .retain(|tool| !matches!(tool.kind, ToolKind::Custom { .. })),
        Feature::ToolNamespaces => request.tools.retain(|tool| tool.namespace.is_none()),
        Feature::WebSearch => request
            .tools
            .retain(|tool| !matches!(tool.kind, ToolKind::WebSearch(_))),
        Feature::ToolSearch | Feature::ImageGeneration | Feature::BuiltInTools => {
            let is_it = |tool: &Tool<'_>| matches!(&tool.kind, ToolKind::BuiltIn { kind } if Feature::of_built_in(kind) == feature);
            request.tools.retain(|tool| !is_it(tool));
        }
        Feature::Image => remove_media(request, MediaKind::Image, false),
        Feature::ImageUrl => remove_media(request, MediaKind::Image, true),
        Feature::Document => remove_media(request, MediaKind::Document, false),
        Feature::DocumentUrl => remove_media(request, MediaKind::Document, true),
        Feature::Audio => remove_media(request, MediaKind::Audio, false),
        Feature::Video => remove_media(request, MediaKind::Video, false),
        Feature::ToolResultMedia => for_each_block(request, &mut |block| {
            if let Block::ToolResult(result) = block {
                result.parts.retain(|part| !is_data(part));
            }
        }),
        Feature::ToolResultError => for_each_block(request, &mut |block| {
            if let Block::ToolResult(result) = block {
                result.is_error = false;
            }
        }),
        Feature::DocumentCitations => for_each_block(request, &mut |block| {
            if let Block::Media(media) = block {
                media.cite = false;
            }
        }),
        Feature::LaterSystem => request
            .turns
            .retain(|turn| turn.role != crate::ir::Role::System),
        Feature::Prefill => {
            request.turns.pop();
        }
    }
}

fn is_data(part: &Block<'_>) -> bool {
    matches!(part, Block::Media(media) if !matches!(media.source, Source::PlainText(_)))
}

/// Blocks of turns, not those inside tool results.
fn for_each_block(request: &mut Request<'_>, change: &mut dyn FnMut(&mut Block<'_>)) {
    for turn in &mut request.turns {
        turn.blocks.iter_mut().for_each(&mut *change);
    }
}

fn remove_marks(request: &mut Request<'_>) {
    request.cache = None;
    for block in &mut request.system {
        block.cache = None;
    }
    for tool in &mut request.tools {
        tool.cache = None;
    }
    for_each_block(request, &mut |block| match block {
        Block::Text(text) => text.cache = None,
        Block::Media(media) => media.cache = None,
        Block::SearchResult(found) => found.cache = None,
        Block::ToolCall(call) => call.cache = None,
        Block::ToolResult(result) => result.cache = None,
        Block::Thought(_) | Block::Refusal(_) | Block::Opaque(_) => {}
    });
}

fn remove_media(request: &mut Request<'_>, kind: MediaKind, by_url: bool) {
    let stays = |block: &Block<'_>| match block {
        Block::Media(media) => {
            let url = matches!(media.source, Source::Url(_));
            let text = matches!(media.source, Source::PlainText(_));
            media.kind != kind || text || url != by_url
        }
        _ => true,
    };
    for turn in &mut request.turns {
        turn.blocks.retain(stays);
        for block in &mut turn.blocks {
            if let Block::ToolResult(result) = block {
                result.parts.retain(stays);
            }
        }
    }
}
