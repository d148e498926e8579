//! Models of cards to test with.

use jiff::{SignedDuration, Timestamp};
use liangma_card::{
    CardModel, ClockState, Code, Fonts, Holder, Language, Standard, Validity, View,
};
use liangma_domain::colour::Colour;
use liangma_domain::identity::DocumentType;
use liangma_domain::mask::{MaskedDocument, MaskedName};

pub(crate) const COLOURS: [Colour; 3] = [Colour::GREEN, Colour::YELLOW, Colour::RED];
pub(crate) const DOCUMENTS: [(DocumentType, &str); 6] = [
    (DocumentType::ResidentIdentity, "112X"),
    (DocumentType::ResidencePermit, "8304"),
    (DocumentType::ForeignPermanentResident, "9124"),
    (DocumentType::HongKongMacauTravelPermit, "H178"),
    (DocumentType::TaiwanTravelPermit, "0178"),
    (DocumentType::Passport, "P45"),
];

pub(crate) fn now() -> Timestamp {
    "2026-03-08T06:21:37Z".parse().unwrap()
}

pub(crate) fn standard() -> Standard {
    Standard::built_in().unwrap()
}

pub(crate) fn fonts() -> Fonts {
    let regular = include_bytes!("../../../../ui-spec/fonts/NotoSansSC-Regular.subset.otf");
    let bold = include_bytes!("../../../../ui-spec/fonts/NotoSansSC-Bold.subset.otf");
    Fonts::new(vec![regular.to_vec()], vec![bold.to_vec()]).unwrap()
}

pub(crate) fn document(kind: DocumentType, visible: &str) -> MaskedDocument {
    MaskedDocument::from_visible(kind, visible).unwrap()
}

/// As long and as varied as a live code: version 10-M.
pub(crate) fn code_text() -> String {
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let body =
        (0..296_usize).map(|index| char::from(alphabet[(index * index * 7 + index * 3) % 45]));
    "LM1:".chars().chain(body).collect()
}

pub(crate) fn live(view: View, language: Language, width: u32, colour: Colour) -> CardModel {
    CardModel {
        view,
        language,
        width,
        terminal_name: "浙江健康码".into(),
        code: Code::Live {
            text: code_text(),
            colour,
        },
        name: MaskedName::from_text("王*").unwrap(),
        document: document(DocumentType::ResidentIdentity, "112X"),
        now: now(),
        zone: "Asia/Shanghai".into(),
        validity: Validity {
            works_offline_until: Some(now() + SignedDuration::from_hours(14)),
            updated_at: Some(now() - SignedDuration::from_mins(17)),
            clock: ClockState::Trusted,
        },
        sandbox: false,
        holder: Holder::Own,
    }
}
