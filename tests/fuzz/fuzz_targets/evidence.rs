//! Evidence, as it stands inside a batch.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = liangma_domain::evidence::Evidence::parse(bytes);
});
