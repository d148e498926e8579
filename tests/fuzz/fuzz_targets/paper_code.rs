//! Paper codes.

#![no_main]

use liangma_credential::PaperCode;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = PaperCode::decode(bytes) {
        assert_eq!(read.bytes(), bytes, "what was read must be what was there");
    }
});
