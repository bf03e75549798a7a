//! Log probabilities: between Google's form and that of Chat, which is the
//! neutral one.

use serde_json::Number;

use super::wire::{LogprobsResult, TokenLogprob};
use crate::json::{wire_struct, JsonWriter, Str};

wire_struct!(ChatLogprobs<'a> { "content" => content: Vec<ChatToken<'a>>, });

wire_struct!(ChatToken<'a> {
    "token" => token: Str<'a>,
    "logprob" => logprob: Number,
    "top_logprobs" => top: Vec<ChatToken<'a>>,
});

/// In the form of Chat.
pub(super) fn read_logprobs(result: &LogprobsResult<'_>) -> String {
    let mut out = Vec::new();
    JsonWriter::new(&mut out).object(|w| {
        w.member_array("content", |w| {
            let mut tops = result.top.iter().flatten();
            for chosen in result.chosen.iter().flatten() {
                let top = tops.next().and_then(|top| top.candidates.as_ref());
                w.object(|w| {
                    write_chat_token(w, chosen);
                    w.member_array("top_logprobs", |w| {
                        for token in top.into_iter().flatten() {
                            w.object(|w| write_chat_token(w, token));
                        }
                    });
                });
            }
        });
    });
    String::from_utf8_lossy(&out).into_owned()
}

fn write_chat_token(w: &mut JsonWriter<'_>, token: &TokenLogprob<'_>) {
    w.member("token", token.token.as_deref().unwrap_or_default());
    match &token.log_probability {
        Some(number) => w.member_display("logprob", number),
        None => w.member_display("logprob", 0),
    }
    w.member_null("bytes");
}

/// In Google's form; `None` when there are none.
pub(super) fn write_logprobs(chat: &str) -> Option<String> {
    let tokens = serde_json::from_str::<ChatLogprobs<'_>>(chat)
        .ok()?
        .content?;
    let mut out = Vec::new();
    JsonWriter::new(&mut out).object(|w| {
        w.member_array("topCandidates", |w| {
            for token in &tokens {
                w.object(|w| {
                    w.member_array("candidates", |w| {
                        let top = token.top.iter().flatten();
                        top.for_each(|token| write_token(w, token));
                    });
                });
            }
        });
        w.member_array("chosenCandidates", |w| {
            tokens.iter().for_each(|token| write_token(w, token));
        });
    });
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn write_token(w: &mut JsonWriter<'_>, token: &ChatToken<'_>) {
    w.object(|w| {
        w.maybe_string("token", token.token.as_deref());
        w.maybe("logProbability", token.logprob.as_ref());
    });
}
