//! Venue codes.

#![no_main]

use liangma_credential::VenueCode;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = VenueCode::decode(bytes) {
        assert_eq!(read.bytes(), bytes, "what was read must be what was there");
    }
});
