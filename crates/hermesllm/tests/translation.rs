//! The golden matrix: every case of `fixtures/<api>/<case>` in every API it can
//! be translated to, with the expected output beside it. A new case is a folder.
//!
//! - `request.json`: a request of a client of `<api>`; `target.txt` may name
//!   `provider/model`.
//! - `reply.json`, `stream.txt`: an answer of a provider that speaks `<api>`;
//!   `client-request.<api>.json` may hold the request it answers.
//! - `source.txt`: the published document whose shape the case follows, and
//!   where in it.
//! - `to-<api>.*`: what is expected. Set `HERMESLLM_REWRITE=1` to write it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test tells by panicking that it failed"
)]

#[path = "translation/chat_sequence.rs"]
mod chat_sequence;
#[path = "translation/cohere_chat_request.rs"]
mod cohere_chat_request;
#[path = "translation/cohere_chat_sequence.rs"]
mod cohere_chat_sequence;
#[path = "translation/converse_request.rs"]
mod converse_request;
#[path = "translation/converse_sequence.rs"]
mod converse_sequence;
#[path = "translation/frames.rs"]
mod frames;
#[path = "translation/generate_content_request.rs"]
mod generate_content_request;
#[path = "translation/generate_content_sequence.rs"]
mod generate_content_sequence;
#[path = "translation/harness.rs"]
mod harness;
#[path = "translation/messages_request.rs"]
mod messages_request;
#[path = "translation/messages_sequence.rs"]
mod messages_sequence;
#[path = "translation/responses_request.rs"]
mod responses_request;
#[path = "translation/responses_sequence.rs"]
mod responses_sequence;
#[path = "translation/threads.rs"]
mod threads;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hermesllm::{
    translate_reply, translate_request, Api, BufferedReply, ErrorKind, ReplyContext,
    StreamTranslation,
};

use proptest::prelude::*;

use harness::{cases, expect_output, target, Case};
use threads::on_all_threads;

fn others(api: Api) -> impl Iterator<Item = Api> {
    Api::ALL.into_iter().filter(move |other| *other != api)
}

fn context(case: &Case, client: Api, upstream: Api) -> ReplyContext {
    let request = case
        .read(&format!("client-request.{client}.json"))
        .unwrap_or_else(|| harness::plain_request(client));
    let target = target(case, upstream);
    translate_request(request.as_bytes(), client, upstream, &target.as_target())
        .unwrap_or_else(|error| panic!("{}: client request: {error}", case.name))
        .context
}

/// Whether a stream is one that clients of `client` can read; `counts` tells
/// whether a Chat client asked for usage.
fn sequence(client: Api, stream: &[u8], counts: bool) -> Result<(), String> {
    match client {
        Api::Messages => messages_sequence::check(stream),
        Api::Converse => converse_sequence::check(stream),
        Api::Responses => responses_sequence::check(stream),
        Api::GenerateContent => generate_content_sequence::check(stream),
        Api::CohereChat => cohere_chat_sequence::check(stream),
        Api::Chat => chat_sequence::check(stream, counts),
    }
}

fn validate(client: Api, stream: &[u8], case: &Case) {
    let name = &case.name;
    let counts = case
        .read("client-request.chat.json")
        .is_none_or(|request| request.contains("include_usage"));
    let problem = sequence(client, stream, counts);
    if let Err(problem) = problem {
        panic!("{name}: {problem}\n{}", String::from_utf8_lossy(stream));
    }
}

#[test]
fn every_case_names_its_source() {
    for case in cases("") {
        let source = case.read("source.txt").unwrap_or_default();
        let address = source.split([' ', ',', ';', '\n']).next();
        let page = address
            .and_then(|address| address.strip_prefix("https://"))
            .and_then(|rest| rest.split_once('/'));
        assert!(
            page.is_some_and(|(host, page)| host.contains('.') && !page.is_empty()),
            "{}: source.txt must begin with the address of a document",
            case.name
        );
    }
}

#[test]
fn requests() {
    for case in cases("request.json") {
        let upstreams: Vec<Api> = Api::ALL
            .into_iter()
            .filter(|upstream| case.api != *upstream)
            .collect();
        for upstream in upstreams {
            let target = target(&case, upstream);
            let body = case.read("request.json").expect("request.json");
            let result =
                translate_request(body.as_bytes(), case.api, upstream, &target.as_target());
            let output = match result {
                Ok(translated) => {
                    match upstream {
                        Api::Messages => messages_request::check(&translated.body, &case.name),
                        Api::Converse => converse_request::check(&translated.body, &case.name),
                        Api::Responses => {
                            responses_request::check(&translated.body, &case.name);
                        }
                        Api::GenerateContent => {
                            generate_content_request::check(&translated.body, &case.name);
                        }
                        Api::CohereChat => {
                            cohere_chat_request::check(&translated.body, &case.name);
                        }
                        Api::Chat => {}
                    }
                    let body = harness::pretty(&translated.body);
                    let dropped: String = translated
                        .dropped
                        .iter()
                        .map(|dropped| {
                            format!("// dropped {}: {}\n", dropped.field, dropped.reason)
                        })
                        .collect();
                    dropped + &body
                }
                Err(error) => format!("// error at {:?}: {}\n", error.param, error.message),
            };
            expect_output(&case, &format!("to-{upstream}.json"), &output);
        }
    }
}

#[test]
fn replies() {
    for case in cases("reply.json") {
        for client in others(case.api) {
            let context = context(&case, client, case.api);
            let body = case.read("reply.json").expect("reply.json");
            let translate =
                |stream| translate_reply(body.as_bytes(), BufferedReply::Json, &context, stream);
            let output = match translate(false) {
                Ok(translated) => {
                    format!(
                        "// {:?}\n{}",
                        translated.usage,
                        harness::pretty(&translated.body)
                    )
                }
                Err(error) => format!("// error: {error:?}\n"),
            };
            expect_output(&case, &format!("to-{client}.reply.json"), &output);
            if let Ok(streamed) = translate(true) {
                validate(client, &streamed.body, &case);
                let text = harness::show(client, streamed.body);
                expect_output(&case, &format!("to-{client}.replayed.txt"), &text);
            }
        }
    }
}

fn run(context: &ReplyContext, pieces: &[&[u8]]) -> (Vec<u8>, String) {
    let mut translation = StreamTranslation::new(context.clone());
    let mut out = Vec::new();
    let mut failed = None;
    for piece in pieces {
        if let Err(error) = translation.push(piece, &mut out) {
            failed = Some(error);
            break;
        }
    }
    match failed {
        None => translation.finish(&mut out),
        Some(error) => translation.fail(&error.into_api_error("p"), &mut out),
    }
    let summary = match translation.before_first_byte_error() {
        Some(error) => format!("before the first byte: {:?}: {}", error.kind, error.message),
        None => format!("{:?}", translation.usage()),
    };
    (out, summary)
}

#[test]
fn streams() {
    let cases = harness::streams();
    let work: Vec<(&Case, Api)> = cases
        .iter()
        .flat_map(|case| others(case.api).map(move |client| (case, client)))
        .collect();
    on_all_threads(&work, |(case, client)| stream(case, *client));
}

fn stream(case: &Case, client: Api) {
    let context = context(case, client, case.api);
    let input = case.stream();
    let (whole, summary) = run(&context, &[&input]);
    if !whole.is_empty() {
        validate(client, &whole, case);
    }
    for split in 0..input.len() {
        let (a, b) = input.split_at(split);
        let (split_output, _) = run(&context, &[a, b]);
        assert!(
            split_output == whole,
            "{}: another output when split at {split}",
            case.name
        );
    }
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert!(
        run(&context, &bytes).0 == whole,
        "{}: byte by byte",
        case.name
    );
    let text = harness::show(client, whole);
    expect_output(
        case,
        &format!("to-{client}.txt"),
        &format!(": {summary}\n\n{text}"),
    );
    let folded = match translate_reply(&input, BufferedReply::Events, &context, false) {
        Ok(reply) => harness::pretty(&reply.body),
        Err(error) => format!("// error: {error}\n"),
    };
    expect_output(case, &format!("to-{client}.folded.json"), &folded);
}

#[test]
fn refuses_what_no_provider_could_read() {
    let target = harness::default_target(Api::Messages);
    let translate = |body: &[u8]| {
        translate_request(body, Api::Chat, Api::Messages, &target.as_target())
            .expect_err("must be refused")
    };
    let deep = format!(
        r#"{{"model":"m","messages":[],"metadata":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for (body, words) in [
        (&b""[..], "invalid JSON body"),
        (b"{", "invalid JSON body"),
        (b"[]", "expected an object"),
        (b"{\"model\":\"\xff\"}", "not UTF-8"),
        (br#"{"model":"\ud800","messages":[]}"#, "lone surrogate"),
        (
            br#"{"model":"a","model":"b","messages":[]}"#,
            "duplicate field `model`",
        ),
        (br#"{"model":7,"messages":[]}"#, "model: invalid type"),
        (br#"{"messages":[]}"#, "model: required"),
        (br#"{"model":"m"}"#, "messages: required"),
        (br#"{"model":"m","messages":[]}"#, "at least one message"),
        (
            br#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":7}]}]}"#,
            "messages[0].content[0].text: invalid type",
        ),
        (
            br#"{"model":"m","messages":[{"role":"robot","content":"x"}]}"#,
            "messages[0].role",
        ),
        (deep.as_bytes(), "nested deeper"),
    ] {
        let error = translate(body);
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        assert!(error.message.contains(words), "{}", error.message);
    }
}

/// Work grows with the request, not with its square: this one would not end.
#[test]
fn takes_very_many_calls_in_one_turn() {
    const CALLS: usize = 100_000;
    let list = |write: &dyn Fn(usize) -> String| {
        let items: Vec<String> = (0..CALLS).map(write).collect();
        items.join(",")
    };
    let calls = list(&|index| {
        format!(r#"{{"id":"c{index}","function":{{"name":"f.{index}","arguments":"{{}}"}}}}"#)
    });
    let results = list(&|index| {
        format!(r#"{{"role":"tool","tool_call_id":"c{index}","name":"f","content":"x"}}"#)
    });
    let unknown = list(&|index| format!(r#""unknown_{index}":1"#));
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"x"}},{{"role":"assistant","tool_calls":[{calls}]}},{results}],{unknown}}}"#
    );
    let target = harness::default_target(Api::Messages);
    let translated = translate_request(
        body.as_bytes(),
        Api::Chat,
        Api::Messages,
        &target.as_target(),
    )
    .expect("translated");
    messages_request::check(&translated.body, "many calls");
    let target = harness::default_target(Api::Chat);
    let back = translate_request(
        &translated.body,
        Api::Messages,
        Api::Chat,
        &target.as_target(),
    )
    .expect("translated back");
    let text = String::from_utf8(back.body).expect("UTF-8");
    assert_eq!(text.matches(r#""role":"tool""#).count(), CALLS);
    assert!(translated.dropped.len() < 100);
}

/// Every event of every recorded stream, by API.
static EVENTS: LazyLock<BTreeMap<Api, Vec<Vec<u8>>>> = LazyLock::new(|| {
    let mut events: BTreeMap<Api, Vec<Vec<u8>>> = BTreeMap::new();
    for case in harness::streams() {
        events
            .entry(case.api)
            .or_default()
            .extend(harness::events(case.api, &case.stream()));
    }
    for pool in events.values_mut() {
        pool.sort();
        pool.dedup();
    }
    events
});

/// Every pair of client and provider that is served.
fn pairs() -> impl Iterator<Item = (Api, Api)> {
    Api::ALL
        .into_iter()
        .flat_map(|upstream| others(upstream).map(move |client| (client, upstream)))
}

fn plain_context(client: Api, upstream: Api) -> ReplyContext {
    let target = harness::default_target(upstream);
    let request = harness::plain_request(client);
    translate_request(request.as_bytes(), client, upstream, &target.as_target())
        .expect("a plain request")
        .context
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a provider sends, in whatever order, clients get a sequence
    /// they can read.
    #[test]
    fn any_order_of_events_gives_a_valid_sequence(
        picks in proptest::collection::vec(any::<proptest::sample::Index>(), 0..24),
    ) {
        for (client, upstream) in pairs() {
            let Some(pool) = EVENTS.get(&upstream) else {
                continue;
            };
            let stream: Vec<u8> = picks.iter().flat_map(|pick| pick.get(pool)).copied().collect();
            let (out, _) = run(&plain_context(client, upstream), &[&stream]);
            if !out.is_empty() {
                prop_assert_eq!(
                    sequence(client, &out, true),
                    Ok(()),
                    "{} for {}: {}\n->\n{}",
                    upstream,
                    client,
                    String::from_utf8_lossy(&stream),
                    String::from_utf8_lossy(&out)
                );
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for (client, upstream) in pairs() {
            let target = harness::default_target(upstream);
            let _ = translate_request(&bytes, client, upstream, &target.as_target());
            let context = plain_context(client, upstream);
            run(&context, &[&bytes]);
            let _ = translate_reply(&bytes, BufferedReply::Json, &context, false);
        }
    }
}
