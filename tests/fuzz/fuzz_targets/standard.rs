//! UI standards.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = liangma_card::Standard::parse(bytes);
});
