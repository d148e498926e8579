//! Whatever a scanner may read.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = liangma_credential::scan(text);
});
