//! What a person types while logging in.

#![no_main]

use jiff::civil::date;
use liangma_domain::{
    identity::{DocumentType, IdentityDocument},
    mask::{MaskedName, mask_document, mask_name},
    name::PersonName,
    phone::Phone,
};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(name) = PersonName::parse(text) {
        let masked = mask_name(&name).to_string();
        assert!(masked.len() <= 24);
    }
    let _ = MaskedName::from_text(text);
    let _ = Phone::parse(text);
    for kind in DocumentType::ALL {
        if let Ok(document) = IdentityDocument::parse(kind, text, date(2026, 6, 1)) {
            let _ = mask_document(&document);
        }
    }
});
