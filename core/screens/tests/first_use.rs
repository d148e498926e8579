//! The way from the first start to a lit code: short enough, in words throughout, and with nothing lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use jiff::Timestamp;
use liangma_card::{Language, Standard, StateWords, View};
use liangma_crypto::sha256;
use liangma_screens::{
    CodePosition, Event, Kept, Page, Preferences, Screen, Seen, State, Words, update, view,
};

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn seen() -> Seen {
    Seen {
        standard: Standard::built_in().unwrap(),
        states: StateWords::built_in().unwrap(),
        words: Words::built_in().unwrap(),
    }
}

/// UX 7.2: 12 taps and 5 typed fields, the tap at the face provider's page among them.
#[test]
fn a_first_use_takes_at_most_twelve_taps_and_five_fields() {
    let path = root("ui-spec/traces/first-use-to-a-lit-code.json");
    let trace: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let steps = trace["steps"].as_array().unwrap();
    let count = |kinds: &[&str]| {
        let of_kind =
            |step: &&serde_json::Value| kinds.contains(&step["event"]["event"].as_str().unwrap());
        steps.iter().filter(of_kind).count()
    };
    let taps = count(&["pressed", "chosen", "switched"]) + 1;
    let fields = count(&["typed"]);
    assert!(taps <= 12 && fields <= 5, "{taps} taps, {fields} fields");
    let last = &steps.last().unwrap()["screen"];
    assert_eq!(
        (last["route"].as_str(), last["haptic"].as_str()),
        (Some("code"), Some("tick"))
    );
}

/// The codes of what can be wrong with a field: wherever the core names one.
fn reasons() -> BTreeSet<String> {
    const SOURCES: [&str; 8] = [
        "core/domain/src/name.rs",
        "core/domain/src/phone.rs",
        "core/domain/src/identity/error.rs",
        "core/terminal/src/terminal/login.rs",
        "core/terminal/src/terminal/sending.rs",
        "core/screens/src/pages/declaration/health.rs",
        "core/screens/src/pages/declaration/trip.rs",
        "core/screens/src/pages/document.rs",
    ];
    const BEGIN: [&str; 11] = [
        "name_",
        "phone_",
        "document_",
        "code_",
        "temperature_",
        "symptom_",
        "choice_",
        "division_",
        "country_",
        "statement_",
        "draft_",
    ];
    /// Names of fields, which begin alike.
    const FIELDS: [&str; 3] = ["document_number", "document_type", "temperature_tenths"];
    let mut reasons = BTreeSet::from(["one_origin_expected".to_owned()]);
    for source in SOURCES {
        let text = fs::read_to_string(root(source)).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let quoted = text.split('"').skip(1).step_by(2);
        let is_reason = |text: &&str| {
            text.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                && BEGIN
                    .iter()
                    .any(|begin| text.starts_with(begin) && text != begin)
                && !FIELDS.contains(text)
        };
        reasons.extend(quoted.filter(is_reason).map(str::to_owned));
    }
    reasons
}

#[test]
fn everything_that_can_be_wrong_with_a_field_is_said_in_words() {
    let reasons = reasons();
    assert!(reasons.len() > 35, "{reasons:?}");
    let words = Words::built_in().unwrap();
    for reason in reasons {
        let id = format!("wrong-{}", reason.replace('_', "-"));
        for language in Language::ALL {
            assert!(
                words.has(language, &id),
                "{language:?} has no words for {id}"
            );
        }
    }
}

/// Who agreed to a version agreed to its words. Other words have a higher version.
#[test]
fn the_text_of_a_consent_stays_as_long_as_its_version() {
    let mut texts = String::new();
    for language in Language::ALL {
        let path = root("ui-spec/words")
            .join(language.tag())
            .join("consents.ftl");
        texts += &fs::read_to_string(path).unwrap();
    }
    let version = fs::read_to_string(root("core/screens/src/pages/consents.rs")).unwrap();
    assert!(version.contains("const TEXT_VERSION: u32 = 1;"));
    let digest: String = sha256(&[texts.as_bytes()])
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        digest, "15a43b8f30d6e61a",
        "words of a consent are others: raise TEXT_VERSION where they say something else"
    );
}

#[test]
fn the_language_of_the_device_is_set_before_anybody_is_asked() {
    for (tags, language, view) in [
        (vec!["zh-CN"], Language::ZhHans, View::Normal),
        (vec!["zh_TW"], Language::ZhHant, View::Normal),
        (vec!["zh-Hant-HK", "en"], Language::ZhHant, View::Normal),
        (vec!["zh-Hans-HK"], Language::ZhHans, View::Normal),
        (vec!["fr-FR", "en-GB"], Language::En, View::International),
        (vec!["ug", "zh"], Language::ZhHans, View::Normal),
        (vec!["fr-FR"], Language::En, View::International),
        (vec![], Language::En, View::International),
    ] {
        let preferences = Preferences::of_device(tags.iter().copied());
        assert_eq!(
            (preferences.language, preferences.view),
            (language, view),
            "{tags:?}"
        );
    }
}

#[test]
fn what_was_typed_survives_a_restart_in_the_middle_of_the_form() {
    let preferences = Preferences {
        language: Language::ZhHans,
        view: View::Normal,
        code_position: CodePosition::Top,
    };
    let mut state = State::new(preferences);
    let press = |widget: &str| Event::Pressed {
        widget: widget.to_owned(),
    };
    let typed = |widget: &str, text: &str| Event::Typed {
        widget: widget.to_owned(),
        text: text.to_owned(),
        revision: 1,
    };
    let events = [
        press("on"),
        press("on"),
        press("on"),
        typed("name", "韦秀英"),
        typed("document_number", "3301061985"),
        Event::Chosen {
            widget: "channel".to_owned(),
            chosen: vec!["voice".to_owned()],
        },
    ];
    for event in events {
        state = update(state, &event, Timestamp::UNIX_EPOCH).0;
    }
    let before: Screen = view(&state, &seen());
    assert_eq!(before.route, Page::Login.id());
    let written = serde_json::to_string(&state.kept).unwrap();
    let kept: Kept = serde_json::from_str(&written).unwrap();
    assert_eq!(view(&State::from_kept(kept), &seen()), before);
}
