#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::reply_generate_content(input));
