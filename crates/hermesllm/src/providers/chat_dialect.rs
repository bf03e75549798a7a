use serde_json::Number;

use crate::ir::Effort;

/// How one service departs from OpenAI's chat completions.
#[derive(Debug, Clone)]
pub(crate) struct ChatDialect {
    /// Name of the output limit.
    pub(crate) limit_key: &'static str,
    /// The limit's other name is refused or not heeded.
    pub(crate) one_limit_key: bool,
    pub(crate) seed_key: &'static str,
    /// Role of the system prompt.
    pub(crate) system_role: &'static str,
    /// Word for "must call some tool".
    pub(crate) required_word: &'static str,
    pub(crate) reasoning: ReasoningField,
    /// Word for an effort; `None` leaves it out.
    pub(crate) effort_word: fn(Effort) -> Option<&'static str>,
    /// Those words differ from OpenAI's.
    pub(crate) own_efforts: bool,
    pub(crate) replay: Replay,
    /// Call ids are nine letters and digits.
    pub(crate) short_call_ids: bool,
    /// `stream_options` is understood.
    pub(crate) stream_options: bool,
    /// Members of messages that it does not know are refused.
    pub(crate) strict: bool,
    pub(crate) temperature: TemperatureRule,
}

/// How a service is told how much to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReasoningField {
    /// `reasoning_effort`.
    Effort,
    /// `thinking: {type: enabled | disabled}`.
    Switch,
    /// `enable_thinking` and `thinking_budget`.
    Budget,
}

/// What a service wants to see again of an earlier turn's reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replay {
    Nothing,
    /// `reasoning_content`.
    Text,
    /// `reasoning_details`.
    Details,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TemperatureRule {
    AsGiven,
    AtMost(f64),
    /// Zero becomes a very small number.
    NotZero,
    /// Strictly between 0 and 1; also for `top_p`.
    InsideUnit,
}

impl Default for ChatDialect {
    fn default() -> Self {
        Self {
            limit_key: "max_tokens",
            one_limit_key: false,
            seed_key: "seed",
            system_role: "system",
            required_word: "required",
            reasoning: ReasoningField::Effort,
            effort_word: |effort| Some(effort.as_str()),
            own_efforts: false,
            replay: Replay::Nothing,
            short_call_ids: false,
            stream_options: true,
            strict: false,
            temperature: TemperatureRule::AsGiven,
        }
    }
}

impl ChatDialect {
    pub(crate) fn fit_temperature(&self, temperature: &Number) -> Number {
        let value = temperature.as_f64().unwrap_or(1.0);
        let fitted = match self.temperature {
            TemperatureRule::AtMost(limit) if value > limit => limit,
            TemperatureRule::NotZero if value == 0.0 => 1e-8,
            TemperatureRule::InsideUnit => value.clamp(0.01, 0.99),
            _ => return temperature.clone(),
        };
        if fitted == value {
            return temperature.clone();
        }
        Number::from_f64(fitted).unwrap_or_else(|| temperature.clone())
    }

    pub(crate) fn changes_temperature(&self) -> bool {
        self.temperature != TemperatureRule::AsGiven
    }

    pub(crate) fn changes_top_p(&self) -> bool {
        self.temperature == TemperatureRule::InsideUnit
    }

    pub(crate) fn fit_top_p(&self, top_p: &Number) -> Number {
        match self.temperature {
            TemperatureRule::InsideUnit => self.fit_temperature(top_p),
            _ => top_p.clone(),
        }
    }
}
