//! Rule packs, as they stand inside a signed file.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = liangma_domain::rules::RulePack::parse(bytes);
});
