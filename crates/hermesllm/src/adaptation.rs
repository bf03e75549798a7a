//! The same API on both sides: what a provider takes amiss in it. Bodies that
//! hold none of that are passed on as they are.

mod members;

use memchr::memmem::Finder;

use crate::api::Api;
use crate::json::check_request;
use crate::proofs;
use crate::providers::{chat_dialect, Replay};
use crate::translate::{
    rewrite_request, Call, Dropped, ReplyContext, RequestError, Target, PRIVATE_KEYS,
};

use members::{asks_for_stream, edit_members, MemberRules};

/// What must not reach one model of a provider in its own API.
#[derive(Debug)]
pub struct Adaptation {
    /// Words of which none stands in a body that may pass.
    shallow: Vec<Finder<'static>>,
    /// The same, of the conversation.
    deep: Vec<Finder<'static>>,
    short_call_ids: bool,
    rules: MemberRules,
}

/// A request made to fit.
#[derive(Debug)]
pub struct AdaptedRequest {
    pub body: Vec<u8>,
    /// What was left out.
    pub dropped: Vec<Dropped>,
    /// How the reply returns, and whether the client wants a stream; `None`
    /// when it passes as it is.
    pub reply: Option<(Box<ReplyContext>, bool)>,
}

impl Adaptation {
    /// For a request to `target` in `api`, by a client of the same API.
    pub fn of(api: Api, target: &Target<'_>) -> Self {
        let rules = MemberRules::of(api, target);
        let finder = |word: &str| Finder::new(word).into_owned();
        let mut deep = Vec::from(proofs::MARKS.map(finder));
        let mut short_call_ids = false;
        if api == Api::Chat {
            let dialect = chat_dialect(target.provider, target.model);
            if dialect.strict && dialect.replay == Replay::Nothing {
                deep.extend(["\"reasoning_content\"", "\"reasoning_details\""].map(finder));
            }
            short_call_ids = dialect.short_call_ids;
            if short_call_ids {
                deep.push(finder("\"tool_call_id\""));
            }
        }
        let quoted = |key: &str| Finder::new(&format!("\"{key}\"")).into_owned();
        Self {
            shallow: rules.keys().chain(PRIVATE_KEYS).map(quoted).collect(),
            deep,
            short_call_ids,
            rules,
        }
    }

    /// Whether only what another provider made is looked for, which no body of
    /// a configuration with a single provider holds.
    pub fn is_plain(&self) -> bool {
        self.rules.is_empty() && !self.always() && !self.short_call_ids
    }

    /// Whether `body` may not pass as it is.
    pub fn is_needed(&self, body: &[u8]) -> bool {
        self.always()
            || self.deep.iter().any(|word| word.find(body).is_some())
            || self.shallow.iter().any(|key| is_key(key, body))
    }

    /// No body may pass as it is.
    fn always(&self) -> bool {
        self.rules.codex_backend || self.rules.version.is_some()
    }

    /// Makes `body` fit. Members at its top are edited in place; a conversation
    /// with parts that another provider made is written anew.
    pub fn apply(
        &self,
        body: &[u8],
        call: Call,
        target: &Target<'_>,
    ) -> Result<AdaptedRequest, RequestError> {
        let text = check_request(body)?;
        let reads_stream = self.rules.codex_backend && !asks_for_stream(text)?;
        let foreign = self.deep.iter().any(|word| word.find(body).is_some());
        let mut edited = AdaptedRequest {
            body: Vec::new(),
            dropped: Vec::new(),
            reply: None,
        };
        if foreign || reads_stream {
            let rewritten = rewrite_request(text, call, target)?;
            let translates = reads_stream || !rewritten.context.names.is_plain();
            edited.reply = translates.then(|| (Box::new(rewritten.context), rewritten.stream));
            if foreign {
                edited.body = rewritten.body;
                edited.dropped = rewritten.dropped;
                return Ok(edited);
            }
        }
        edited.body.reserve(body.len() + 64);
        edit_members(text, &self.rules, target.model, &mut edited)?;
        Ok(edited)
    }
}

/// Whether the quoted word stands ahead of a colon somewhere.
fn is_key(word: &Finder<'_>, body: &[u8]) -> bool {
    word.find_iter(body).any(|at| {
        let after = body.get(at + word.needle().len()..).unwrap_or_default();
        after.trim_ascii_start().first() == Some(&b':')
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{json, Value};

    use super::*;
    use crate::providers::find;

    fn adapt(api: Api, provider: &str, model: &str, body: &Value) -> Option<(Value, Vec<String>)> {
        let target = Target {
            provider: find(provider).expect(provider),
            model,
            now_unix: 0,
            seed: 0,
        };
        let adaptation = Adaptation::of(api, &target);
        let body = body.to_string();
        if !adaptation.is_needed(body.as_bytes()) {
            return None;
        }
        let adapted = adaptation
            .apply(body.as_bytes(), api.into(), &target)
            .unwrap();
        let lost = adapted.dropped.into_iter().map(|lost| lost.field).collect();
        Some((serde_json::from_slice(&adapted.body).unwrap(), lost))
    }

    fn chat(member: &str, value: Value) -> Value {
        json!({"model": "m", member: value, "messages": [{"role": "user", "content": "hi"}]})
    }

    #[test]
    fn what_a_provider_takes_passes() {
        for (provider, model, member, value) in [
            ("openai", "gpt-4o", "reasoning_effort", json!("low")),
            ("openai", "gpt-4o", "max_tokens", json!(5)),
            ("groq", "llama", "seed", json!(5)),
            ("mistral", "mistral-large", "random_seed", json!(5)),
        ] {
            assert_eq!(
                adapt(Api::Chat, provider, model, &chat(member, value)),
                None
            );
        }
    }

    #[test]
    fn members_take_the_providers_form() {
        for (provider, model, (member, value), (new_member, new_value)) in [
            (
                "openai",
                "o3",
                ("max_tokens", json!(5)),
                ("max_completion_tokens", json!(5)),
            ),
            (
                "mistral",
                "m",
                ("seed", json!(5)),
                ("random_seed", json!(5)),
            ),
            (
                "mistral",
                "m",
                ("tool_choice", json!("required")),
                ("tool_choice", json!("any")),
            ),
            (
                "groq",
                "m",
                ("temperature", json!(0)),
                ("temperature", json!(1e-8)),
            ),
            ("zhipu", "m", ("top_p", json!(1)), ("top_p", json!(0.99))),
            (
                "deepseek",
                "m",
                ("reasoning_effort", json!("xhigh")),
                ("reasoning_effort", json!("high")),
            ),
            (
                "digitalocean",
                "m",
                ("temperature", json!(1.5)),
                ("temperature", json!(1.0)),
            ),
        ] {
            let (body, lost) = adapt(Api::Chat, provider, model, &chat(member, value)).unwrap();
            assert_eq!(body, {
                let mut expected = chat(new_member, new_value);
                expected["model"] = json!(model);
                expected
            });
            assert_eq!(lost, Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_refused_is_left_out_and_named() {
        for (provider, model, member, value, lost) in [
            (
                "openai",
                "o3",
                "temperature",
                json!(0.5),
                Some("temperature"),
            ),
            ("openai", "o3", "temperature", json!(1), None),
            (
                "groq",
                "m",
                "logit_bias",
                json!({"5": 1}),
                Some("logit_bias"),
            ),
            (
                "mistral",
                "m",
                "stream_options",
                json!({}),
                Some("stream_options"),
            ),
            ("perplexity", "sonar", "tools", json!([]), Some("tools")),
        ] {
            let (body, told) = adapt(Api::Chat, provider, model, &chat(member, value)).unwrap();
            assert!(body.get(member).is_none());
            assert_eq!(told.first().map(String::as_str), lost);
        }
    }

    #[test]
    fn what_is_meant_for_the_gateway_stays_here() {
        let metadata = json!({"plano_preference_config": "routes", "team": "a"});
        let (body, lost) =
            adapt(Api::Chat, "openai", "gpt-4o", &chat("metadata", metadata)).unwrap();
        assert_eq!(body["metadata"], json!({"team": "a"}));
        assert_eq!(lost, Vec::<String>::new());
    }

    #[test]
    fn proofs_of_others_are_taken_out_and_the_rest_stays() {
        let body = json!({"model": "m", "future_member": {"x": 1}, "input": [
            {"type": "message", "role": "user", "content": "hi"},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "plano1.anthropic..EqQB"},
            {"type": "message", "role": "user", "content": "ho"},
        ]});
        let (body, lost) = adapt(Api::Responses, "openai", "gpt-5", &body).unwrap();
        assert!(!body.to_string().contains("plano1"));
        assert!(!body.to_string().contains("EqQB"));
        assert_eq!(body["future_member"], json!({"x": 1}));
        assert_eq!(lost, ["input.reasoning"]);
    }
}
