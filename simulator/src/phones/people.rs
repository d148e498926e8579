//! Whose phones are on the desk, and how each person likes the glass.

use liangma_card::{Language, View};
use liangma_platform::sandbox::{SandboxPerson, people};
use liangma_screens::{CodePosition, Preferences};

/// Everybody of the sandbox has a phone.
pub(crate) fn owners() -> impl Iterator<Item = &'static SandboxPerson> {
    people().iter()
}

/// How a person's phone is set when it is unpacked; they can choose otherwise on the first screens.
pub(crate) fn preferences(person: &SandboxPerson) -> Preferences {
    let (language, view) = match person.key {
        "elder" => (Language::ZhHans, View::Care),
        "foreigner" => (Language::En, View::International),
        _ => (Language::ZhHans, View::Normal),
    };
    Preferences {
        language,
        view,
        code_position: CodePosition::default(),
    }
}
