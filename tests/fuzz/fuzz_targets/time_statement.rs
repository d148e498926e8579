//! Statements of the server's time.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = liangma_credential::TimeStatement::decode(bytes);
});
