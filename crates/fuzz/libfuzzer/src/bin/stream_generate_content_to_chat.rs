#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::stream_generate_content_to_chat(input));
