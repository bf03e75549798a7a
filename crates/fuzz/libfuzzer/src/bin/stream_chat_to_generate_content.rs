#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::stream_chat_to_generate_content(input));
