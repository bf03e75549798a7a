#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::stream_cohere_chat_to_messages(input));
