//! Receipts of the face-check provider.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = liangma_credential::Receipt::decode(bytes);
});
