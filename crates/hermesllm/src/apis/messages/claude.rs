//! What differs between generations of Claude.

/// Generation of a Claude model, such as (4, 5); `None` for other models.
/// A Claude name without a number counts as the newest.
pub(crate) fn generation(model: &str) -> Option<(u32, u32)> {
    let start = model.to_ascii_lowercase().find("claude")?;
    let mut numbers = model
        .get(start..)?
        .split(['-', '.', '_', '@', ':', '/'])
        // Dates and snapshot numbers are longer.
        .filter(|part| part.len() <= 2)
        .filter_map(|part| part.parse::<u32>().ok());
    Some(match numbers.next() {
        None => (u32::MAX, 0),
        Some(major) => (major, numbers.next().unwrap_or(0)),
    })
}

/// Newer models reject fixed thinking budgets.
pub(crate) fn thinks_adaptively(model: &str) -> bool {
    generation(model).is_some_and(|generation| generation >= (4, 7))
}

/// Whether the model may be left to decide how much it thinks.
pub(crate) fn takes_adaptive(model: &str) -> bool {
    generation(model).is_some_and(|generation| generation >= (4, 6))
}

/// Most tokens that an answer may have, thinking included; of models that are
/// not Claude the least that is common.
/// <https://platform.claude.com/docs/en/about-claude/models/overview>
pub(crate) fn max_output(model: &str) -> u64 {
    let is_opus = model.to_ascii_lowercase().contains("opus");
    match generation(model) {
        None | Some((3, 5 | 6)) => 8_192,
        Some((0..=2, _) | (3, 0..=4)) => 4_096,
        Some((4, 0 | 1)) if is_opus => 32_000,
        Some(_) => 64_000,
    }
}

/// Since 4.1, temperature and top_p exclude each other.
pub(crate) fn takes_one_of_temperature_and_top_p(model: &str) -> bool {
    generation(model).is_some_and(|generation| generation >= (4, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_how_long_answers_may_be() {
        for (model, expected) in [
            ("claude-3-haiku-20240307", 4_096),
            ("claude-3-5-sonnet-20241022", 8_192),
            ("claude-3-7-sonnet-latest", 64_000),
            ("claude-opus-4-1", 32_000),
            ("claude-sonnet-4-5", 64_000),
            ("claude-opus-4-8", 64_000),
            ("deepseek-chat", 8_192),
        ] {
            assert_eq!(max_output(model), expected, "{model}");
        }
    }

    #[test]
    fn reads_generations() {
        for (model, expected) in [
            ("claude-3-5-sonnet-20241022", Some((3, 5))),
            ("claude-opus-4-20250514", Some((4, 0))),
            ("claude-sonnet-4-5", Some((4, 5))),
            ("anthropic/claude-opus-4.7", Some((4, 7))),
            ("claude-opus-5", Some((5, 0))),
            ("claude-opus-latest", Some((u32::MAX, 0))),
            ("gpt-4o", None),
        ] {
            assert_eq!(generation(model), expected, "{model}");
        }
    }
}
