//! Region profiles, as they stand inside a signed file.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = liangma_domain::profile::RegionProfile::parse(bytes);
});
