//! What a rendered configuration may hold and this program does not do. It is
//! refused by name: nothing is ignored in silence, whoever has compiled it.

use common::{ListenerType, RuntimeConfig};

/// The paths of all keys that are not served.
pub(super) fn unserved(config: &RuntimeConfig) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |is_there: bool, path: &str| {
        if is_there {
            found.push(path.to_owned());
        }
    };
    for listener in &config.listeners {
        let of = |key: &str| format!("listeners.{}.{key}", listener.name);
        note(listener.kind != ListenerType::Model, &of("type"));
        note(listener.router.is_some(), &of("router"));
        note(listener.max_retries.is_some(), &of("max_retries"));
        note(!listener.agents.is_empty(), &of("agents"));
        note(!listener.input_filters.is_empty(), &of("input_filters"));
        note(!listener.output_filters.is_empty(), &of("output_filters"));
    }
    if let Some(tracing) = &config.tracing {
        note(tracing.trace_arch_internal, "tracing.trace_arch_internal");
        let by_header = tracing.span_attributes.as_ref();
        let by_header = by_header.is_some_and(|all| !all.header_prefixes.is_empty());
        note(by_header, "tracing.span_attributes.header_prefixes");
        note(!tracing.exporters.is_empty(), "tracing.exporters");
    }
    let overrides = &config.overrides;
    for (is_there, key) in [
        (
            overrides.prompt_target_intent_matching_threshold.is_some(),
            "prompt_target_intent_matching_threshold",
        ),
        (overrides.optimize_context_window, "optimize_context_window"),
        (overrides.use_agent_orchestrator, "use_agent_orchestrator"),
        (overrides.disable_signals, "disable_signals"),
        (overrides.llm_routing_model.is_some(), "llm_routing_model"),
        (
            overrides.agent_orchestration_model.is_some(),
            "agent_orchestration_model",
        ),
        (
            overrides.orchestrator_model_context_length.is_some(),
            "orchestrator_model_context_length",
        ),
    ] {
        note(is_there, &format!("overrides.{key}"));
    }
    note(!config.endpoints.is_empty(), "endpoints");
    note(!config.agents.is_empty(), "agents");
    note(!config.filters.is_empty(), "filters");
    let has_preferences = !config.routing_preferences.is_empty();
    note(has_preferences, "routing_preferences");
    note(config.routing.is_some(), "routing");
    let has_sources = !config.model_metrics_sources.is_empty();
    note(has_sources, "model_metrics_sources");
    note(config.prompt_caching.is_some(), "prompt_caching");
    note(config.state_storage.is_some(), "state_storage");
    note(!config.ratelimits.is_empty(), "ratelimits");
    note(config.system_prompt.is_some(), "system_prompt");
    note(!config.prompt_targets.is_empty(), "prompt_targets");
    note(config.prompt_guards.is_some(), "prompt_guards");
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(case: &str) -> RuntimeConfig {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/golden");
        let text = std::fs::read_to_string(format!("{root}/{case}/compiled.yaml")).unwrap();
        RuntimeConfig::from_yaml(&text).unwrap()
    }

    #[test]
    fn all_that_is_not_done_is_named() {
        let found = unserved(&golden("full_reference"));
        for path in [
            "listeners.travel_booking_service.type",
            "listeners.model_1.max_retries",
            "tracing.exporters",
            "overrides.llm_routing_model",
            "agents",
            "prompt_guards",
        ] {
            assert!(found.iter().any(|named| named == path), "{path}: {found:?}");
        }
    }

    #[test]
    fn what_is_done_is_not() {
        for case in ["minimal", "zero_config", "aws_signed", "demo_local_agent"] {
            assert_eq!(unserved(&golden(case)), Vec::<String>::new(), "{case}");
        }
    }
}
