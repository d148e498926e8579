//! Credentials: strict, so that one meaning has one encoding.

#![no_main]

use liangma_credential::Credential;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = Credential::decode(bytes) {
        assert_eq!(read.bytes(), bytes, "what was read must be what was there");
    }
});
