//! Evidence batches as departments send them.

#![no_main]

use liangma_credential::SignedBatch;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = SignedBatch::decode(bytes) {
        assert_eq!(read.bytes(), bytes, "what was read must be what was there");
    }
});
