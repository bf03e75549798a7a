//! What differs between generations of Gemini.
//! <https://ai.google.dev/gemini-api/docs/thinking>

/// How a model is told how much to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It does not think.
    Never,
    /// `thinkingBudget`: smallest and largest; zero only where it may be off.
    Budget {
        min: u64,
        max: u64,
        may_be_off: bool,
    },
    /// `thinkingLevel`, one of these, lowest first.
    Level(&'static [&'static str]),
}

/// What a model takes, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) thinking: Thinking,
    /// Generation 3: calls carry signatures, results carry media, JSON goes
    /// with functions, functions go with a search.
    pub(super) is_third: bool,
}

const PRO_LEVELS: &[&str] = &["LOW", "HIGH"];
const LATER_PRO_LEVELS: &[&str] = &["LOW", "MEDIUM", "HIGH"];
const FLASH_LEVELS: &[&str] = &["MINIMAL", "LOW", "MEDIUM", "HIGH"];

impl Model {
    /// A Gemini name without a number counts as the newest.
    pub(super) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let Some(generation) = generation(&name) else {
            return Self {
                thinking: Thinking::Never,
                is_third: false,
            };
        };
        let is_flash = name.contains("flash");
        let thinking = match generation {
            (3.., _) if is_flash => Thinking::Level(FLASH_LEVELS),
            (3, 0) => Thinking::Level(PRO_LEVELS),
            (3.., _) => Thinking::Level(LATER_PRO_LEVELS),
            (2, 5..) if name.contains("flash-lite") => budget(512, 24_576, true),
            (2, 5..) if is_flash => budget(1, 24_576, true),
            (2, 5..) => budget(128, 32_768, false),
            _ => Thinking::Never,
        };
        Self {
            thinking,
            is_third: generation.0 >= 3,
        }
    }
}

const fn budget(min: u64, max: u64, may_be_off: bool) -> Thinking {
    Thinking::Budget {
        min,
        max,
        may_be_off,
    }
}

/// Such as (2, 5); `None` for models of other families.
fn generation(name: &str) -> Option<(u32, u32)> {
    let (_, rest) = name.split_once("gemini")?;
    let mut numbers = rest
        .split(['-', '.', '_', '@', ':', '/'])
        // Dates and snapshot numbers are longer.
        .filter(|part| part.len() <= 2)
        .filter_map(|part| part.parse::<u32>().ok());
    Some(match numbers.next() {
        None => (u32::MAX, 0),
        Some(major) => (major, numbers.next().unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_families() {
        for (name, thinking, is_third) in [
            ("gemini-2.5-pro", budget(128, 32_768, false), false),
            ("gemini-2.5-flash", budget(1, 24_576, true), false),
            (
                "models/gemini-2.5-flash-lite",
                budget(512, 24_576, true),
                false,
            ),
            ("gemini-3-pro-preview", Thinking::Level(PRO_LEVELS), true),
            ("gemini-3.1-pro", Thinking::Level(LATER_PRO_LEVELS), true),
            ("google/gemini-3-flash", Thinking::Level(FLASH_LEVELS), true),
            ("gemini-flash-latest", Thinking::Level(FLASH_LEVELS), true),
            ("gemini-2.0-flash-001", Thinking::Never, false),
            ("gemma-3-27b-it", Thinking::Never, false),
        ] {
            let model = Model::of(name);
            assert_eq!(
                (model.thinking, model.is_third),
                (thinking, is_third),
                "{name}"
            );
        }
    }
}
