//! Trust files: the envelope, and the payload of every role.

#![no_main]

use liangma_credential::{
    IssuerList, NamedFile, RecallList, RootFile, SignedFile, TimestampFile, TrustBundle, VoidList,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = SignedFile::decode(bytes) {
        assert_eq!(file.encode(), bytes);
    }
    if let Ok(bundle) = TrustBundle::decode(bytes) {
        assert_eq!(bundle.encode(), bytes);
    }
    let _ = RootFile::decode(bytes);
    let _ = IssuerList::decode(bytes);
    let _ = RecallList::decode(bytes);
    let _ = TimestampFile::decode(bytes);
    let _ = NamedFile::decode(bytes);
    let _ = VoidList::decode(bytes);
});
