//! How big codes are, and which QR symbol holds them.

use liangma_credential::{
    Claims, Credential, Kind, Member, PaperClaims, PaperCode, PaperSerial, Slot, live_code_text,
};
use liangma_domain::{
    colour::Colour,
    identity::DocumentType,
    mask::{MASKED_NAME_BYTES, MaskedDocument, MaskedName},
};
use qrcode::{EcLevel, QrCode, Version};

use crate::world::{self, HOUR};

fn version(text: &str) -> i16 {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
    match code.version() {
        Version::Normal(version) | Version::Micro(version) => version,
    }
}

fn bytes_of(text: &str) -> usize {
    liangma_credential::base45::decode(&text[4..])
        .unwrap()
        .len()
}

fn longest_names() -> Vec<MaskedName> {
    [
        "王*********************",
        "古***·阿*************",
        "A* B* C* D* E* F* G* H**",
    ]
    .iter()
    .map(|name| {
        assert_eq!(name.len(), MASKED_NAME_BYTES);
        MaskedName::from_text(name).unwrap()
    })
    .collect()
}

/// The visible characters of each kind of document, of which none has more than four.
fn documents() -> Vec<MaskedDocument> {
    DocumentType::ALL
        .iter()
        .map(|kind| {
            let visible = if *kind == DocumentType::Passport {
                "E78"
            } else {
                "112X"
            };
            MaskedDocument::from_visible(*kind, visible).unwrap()
        })
        .collect()
}

#[test]
fn the_longest_code_of_one_person_has_200_bytes_or_fewer_and_fits_qr_10_m() {
    let chain = world::strip(1);
    let mut longest = (0, 0);
    for name in longest_names() {
        for document in documents() {
            for kind in [Kind::SelfCode, Kind::Ward] {
                let claims = Claims {
                    kind,
                    name: name.clone(),
                    document: document.clone(),
                    colour: Colour::from_registry_number(63).unwrap(),
                    rule_version: u32::MAX,
                    ..world::claims(&chain, HOUR)
                };
                let text = world::code(claims, &chain, Slot::LAST);
                longest = longest.max((bytes_of(&text), text.len()));
                assert!(bytes_of(&text) <= 200);
                assert!(text.len() <= 311);
                assert!(version(&text) <= 10);
            }
        }
    }
    // As PROTOCOL.md states.
    assert_eq!(longest, (187, 285));
}

#[test]
fn an_ordinary_code_fits_qr_9_m() {
    let chain = world::strip(1);
    let text = world::code(world::claims(&chain, HOUR), &chain, 20);
    assert_eq!((bytes_of(&text), text.len(), version(&text)), (160, 244, 9));
    let credential =
        Credential::sign(world::claims(&chain, HOUR), &world::key(world::LIVE)).unwrap();
    let without_value = live_code_text(credential.bytes(), None);
    assert!(version(&without_value) <= 8);
}

#[test]
fn a_group_of_eight_fits_qr_13_m_and_with_the_longest_names_17_m() {
    let chain = world::strip(1);
    let group = |name: &str| {
        let person = Member {
            name: MaskedName::from_text(name).unwrap(),
            ..world::member(Colour::GREEN)
        };
        let claims = Claims {
            kind: Kind::Group,
            name: person.name.clone(),
            members: vec![person; 8],
            tiles: None,
            ..world::claims(&chain, HOUR)
        };
        let text = world::code(claims, &chain, 20);
        (bytes_of(&text), text.len(), version(&text))
    };
    assert_eq!(group("王**"), (280, 424, 13));
    assert_eq!(group("阿***·买**"), (352, 532, 15));
    assert_eq!(group("古***·阿*************"), (461, 696, 17));
}

#[test]
fn a_paper_code_with_an_ordinary_name_fits_qr_7_m() {
    let paper = |name: &str| {
        let claims = PaperClaims {
            serial: PaperSerial([0xff; 8]),
            first_day: 18_993,
            days: 180,
            name: MaskedName::from_text(name).unwrap(),
            document: world::member(Colour::GREEN).document,
        };
        let text = PaperCode::sign(claims, &world::key(9)).unwrap().text();
        (text.len(), version(&text))
    };
    assert_eq!(paper("王*"), (173, 7));
    assert_eq!(paper("欧***"), (176, 7));
    assert_eq!(paper("古***·阿*************"), (205, 8));
}
