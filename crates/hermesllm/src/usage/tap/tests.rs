use super::*;

const CHAT: &str = concat!(
    "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":{\"}}],\"usage\":null}\n\n",
    "data: {\"choices\":[],\"usage\": {\"prompt_tokens\":10,\"completion_tokens\":3,",
    "\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\ndata: [DONE]\n\n",
);
const MESSAGES: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":",
    "{\"input_tokens\":7,\"cache_read_input_tokens\":2,\"output_tokens\":1}}}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":9}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);
const RESPONSES: &str = concat!(
    "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":",
    "{\"input_tokens\":5,\"input_tokens_details\":{\"cached_tokens\":1},\"output_tokens\":6,",
    "\"output_tokens_details\":{\"reasoning_tokens\":2}}}}\n\n",
);

const GENERATE_CONTENT: &str = concat!(
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\\\"usageMetadata\\\": {\"}]}}],",
    "\"usageMetadata\": {\"promptTokenCount\": 9}}\r\n\r\n",
    "data: {\"candidates\": [{\"finishReason\": \"STOP\",\"index\": 0}],\"usageMetadata\": ",
    "{\"promptTokenCount\": 9,\"cachedContentTokenCount\": 4,\"candidatesTokenCount\": 5,",
    "\"thoughtsTokenCount\": 2}}\r\n\r\n",
);
const COHERE: &str = concat!(
    "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",",
    "\"usage\":{\"billed_units\":{\"input_tokens\":1,\"output_tokens\":1},",
    "\"tokens\":{\"input_tokens\":8.0,\"output_tokens\":3.0},\"cached_tokens\":2}}}\n\n",
);

fn usage(uncached_input: u64, cache_read: u64, output: u64, reasoning: Option<u64>) -> Usage {
    Usage {
        uncached_input,
        cache_read,
        output,
        reasoning,
        ..Usage::default()
    }
}

#[test]
fn reads_usage_and_end_at_every_split() {
    for (api, text, expected) in [
        (Api::Chat, CHAT, usage(6, 4, 3, None)),
        (Api::Messages, MESSAGES, usage(7, 2, 9, None)),
        (Api::Responses, RESPONSES, usage(4, 1, 6, Some(2))),
        (
            Api::GenerateContent,
            GENERATE_CONTENT,
            usage(5, 4, 7, Some(2)),
        ),
        (Api::CohereChat, COHERE, usage(6, 2, 3, None)),
    ] {
        for split in 0..text.len() {
            let (a, b) = text.as_bytes().split_at(split);
            let mut tap = UsageTap::new(api, true);
            tap.push(a);
            tap.push(b);
            assert!(tap.is_complete(), "{api} split at {split}");
            assert_eq!(tap.finish(), Some(expected), "{api} split at {split}");
        }
        let mut tap = UsageTap::new(api, true);
        text.as_bytes().chunks(1).for_each(|byte| tap.push(byte));
        assert!(tap.is_complete());
        assert_eq!(tap.finish(), Some(expected));
    }
}

#[test]
fn an_early_end_is_not_complete() {
    let mut tap = UsageTap::new(Api::Messages, true);
    tap.push(
        MESSAGES
            .split("event: message_stop")
            .next()
            .unwrap()
            .as_bytes(),
    );
    assert!(!tap.is_complete());
    assert!(tap.finish().is_some());
}

#[test]
fn a_cut_key_is_found_right_after_a_whole_one() {
    let text = r#"{"usage":null,"usage":{"prompt_tokens":2,"completion_tokens":3}}"#;
    for split in 0..text.len() {
        let (a, b) = text.as_bytes().split_at(split);
        let mut tap = UsageTap::new(Api::Chat, false);
        tap.push(a);
        tap.push(b);
        assert_eq!(tap.finish(), Some(usage(2, 0, 3, None)), "split at {split}");
    }
}

#[test]
fn memory_stays_bounded() {
    let mut tap = UsageTap::new(Api::Chat, true);
    tap.push(b"\"usage\":{");
    for _ in 0..100 {
        tap.push(&[b'1'; 4096]);
    }
    assert!(matches!(tap.capture, Capture::Searching));
    assert_eq!(tap.window.capacity(), WINDOW);
}

/// `count` chunks of a Chat answer.
fn chat_deltas(count: usize) -> String {
    (0..count)
        .map(|index| {
            format!(
                "data: {{\"id\":\"c\",\"choices\":[{{\"delta\":{{\"content\":\" {index}\"}},\"finish_reason\":null}}]}}\n\n"
            )
        })
        .collect()
}

fn read(api: Api, pieces: &[&[u8]]) -> (bool, Option<Usage>) {
    let mut tap = UsageTap::new(api, true);
    pieces.iter().for_each(|piece| tap.push(piece));
    (tap.is_complete(), tap.finish())
}

#[test]
fn cuts_do_not_matter_in_long_streams() {
    for lead in [0, 1, 30, 31, 32, 33, 34, 60, 61, 62, 200] {
        let text = chat_deltas(lead) + CHAT;
        let whole = read(Api::Chat, &[text.as_bytes()]);
        assert_eq!(whole, (true, Some(usage(6, 4, 3, None))), "{lead}");
        for size in [1, 7, 64, 1000, WINDOW, WINDOW + 1] {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(read(Api::Chat, &pieces), whole, "{lead} in {size}");
        }
    }
}

#[test]
fn counts_are_read_wherever_they_lie_in_a_window() {
    for padding in 0..2 * WINDOW {
        let text = format!(
            ": {}\ndata: {{\"usage\" :{{\"prompt_tokens\":10,\"x\":\"\\\"}}\\\\\"}}}}\n\n: {}",
            " ".repeat(padding),
            " ".repeat(2 * WINDOW - padding)
        );
        let (_, counts) = read(Api::Chat, &[text.as_bytes()]);
        assert_eq!(counts, Some(usage(10, 0, 0, None)), "{padding}");
    }
}

#[test]
fn long_last_events_end_a_stream() {
    let long = "x".repeat(9 * WINDOW + 17);
    for (api, last) in [
        (
            Api::Responses,
            format!("event: response.failed\ndata: {{\"type\":\"response.failed\",\"response\":{{\"instructions\":\"{long}\",\"usage\":null}}}}\n\n"),
        ),
        (
            Api::Chat,
            format!("data: {{\"choices\":[{{\"finish_reason\":\"stop\",\"message\":{{\"content\":\"{long}\"}}}}]}}\n\n"),
        ),
        (
            Api::Chat,
            format!("data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\ndata: {{\"choices\":[],\"citations\":\"{long}\"}}\n\n"),
        ),
        (
            Api::Messages,
            format!("event: error\ndata: {{\"type\":\"error\",\"error\":{{\"message\":\"{long}\"}}}}\n\n"),
        ),
    ] {
        for lead in 0..60 {
            let text = chat_deltas(lead) + &last;
            let (complete, _) = read(api, &[text.as_bytes()]);
            assert!(complete, "{api} after {lead}");
        }
    }
}

#[test]
fn text_does_not_look_like_an_end() {
    for (api, words) in [
        (
            Api::Chat,
            "[DONE] data: [DONE] \\\"finish_reason\\\":\\\"stop\\\"",
        ),
        (Api::Messages, "event: error \\\"message_stop\\\""),
        (Api::Responses, "event: error \\\"response.completed\\\""),
    ] {
        let text = format!("data: {{\"delta\":{{\"content\":\"{words}\"}}}}\n\n");
        for count in [1, 100] {
            let text = text.repeat(count);
            assert!(!read(api, &[text.as_bytes()]).0, "{api}");
        }
    }
}
