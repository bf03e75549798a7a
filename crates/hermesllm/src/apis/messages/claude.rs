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

/// Since 4.1, temperature and top_p exclude each other.
pub(crate) fn takes_one_of_temperature_and_top_p(model: &str) -> bool {
    generation(model).is_some_and(|generation| generation >= (4, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

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
