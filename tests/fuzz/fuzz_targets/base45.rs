//! Base45: whatever is accepted has exactly one spelling.

#![no_main]

use liangma_credential::base45;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(bytes) = base45::decode(text) {
        assert_eq!(base45::encode(&bytes), text);
    }
});
