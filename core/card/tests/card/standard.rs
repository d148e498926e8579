//! The standard itself, and standards that must not be taken.

use liangma_card::{Language, STANDARD_LIMIT, Standard, StandardError, View};
use rstest::rstest;
use serde_json::{Value, json};

fn built_in() -> Value {
    serde_json::from_slice(Standard::built_in_bytes()).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../ui-spec/standard.schema.json")).unwrap()
}

#[test]
fn the_built_in_standard_agrees_with_its_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let standard = built_in();
    let faults: Vec<String> = validator
        .iter_errors(&standard)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[rstest]
#[case("/inks/module_ground", json!("#FEFEFE"))]
#[case("/colours/0/panel", json!("green"))]
#[case("/colours/0/shape", json!("skull"))]
#[case("/views/care/layouts/0/qr", json!(200))]
#[case("/words/expired", json!({ "en": "Expired" }))]
#[case("/families", json!(["url(http://example.org)"]))]
#[case("/unknown", json!(1))]
fn the_schema_refuses_what_it_should(#[case] path: &str, #[case] value: Value) {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    assert!(!validator.is_valid(&changed(path, value)), "{path}");
}

#[test]
fn the_built_in_standard_is_taken() {
    let standard = Standard::built_in().unwrap();
    assert_eq!((standard.name(), standard.version()), ("liangma", 1));
    for style in standard.colours() {
        assert!(
            style.panel.text.contrast(style.panel.panel) >= 4.5,
            "{}",
            style.id
        );
    }
    for view in View::ALL {
        assert_eq!(
            standard
                .view(view)
                .layouts
                .iter()
                .map(|layout| layout.width)
                .collect::<Vec<_>>(),
            [320, 411]
        );
    }
    assert_eq!(
        standard.word("enlarge").unwrap().get(Language::En),
        "Enlarge"
    );
}

#[test]
fn every_word_a_person_reads_has_twenty_five_characters_or_fewer_in_chinese() {
    let standard = built_in();
    for (key, word) in standard["words"].as_object().unwrap() {
        for tag in ["zh-Hans", "zh-Hant"] {
            assert!(word[tag].as_str().unwrap().chars().count() <= 25, "{key}");
        }
    }
}

fn changed(path: &str, value: Value) -> Value {
    let mut standard = built_in();
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = if parent.is_empty() {
        &mut standard
    } else {
        standard.pointer_mut(parent).unwrap()
    };
    match parent {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        _ => parent[key] = value,
    }
    standard
}

fn fault(path: &str, value: Value) -> String {
    let bytes = serde_json::to_vec(&changed(path, value)).unwrap();
    // Where it cannot be read at all, a phone is told the line, and the author the field.
    let parsed = Standard::parse(&bytes).unwrap_err();
    let told = Standard::faults(&bytes).swap_remove(0);
    if !matches!(parsed, StandardError::Malformed { .. }) {
        assert_eq!(parsed, told);
    }
    told.to_string()
}

#[rstest]
#[case("/format", json!(2), "accept the UI standard at format: this format is not known here; only 1 is")]
#[case("/version", json!("1"), "read the UI standard at version: invalid type: string \"1\", expected u32 at line 1 column ")]
#[case("/colours/1/panel", json!("amber"), "read the UI standard at colours[1].panel: expected a colour written #RRGGBB")]
#[case("/colours/1/text", json!("#FFFFFF"), "accept the UI standard at colours[1].text: contrast with #FFB400 is 1.78, and 4.5 is needed")]
#[case("/colours/1/shape", json!("square"), "accept the UI standard at colours[2].shape: it is the same as that of yellow")]
#[case("/colours/2/number", json!(1), "accept the UI standard at colours[2].number: it is the same as that of green")]
#[case("/colours/2/word/en", json!("Green"), "accept the UI standard at colours[2].word: it is the same as that of green")]
#[case("/inks/band_text", json!("#8A1020"), "accept the UI standard at inks.band_text: its hue is that of the colour red")]
#[case("/inks/module", json!("#007A33"), "accept the UI standard at inks.module: modules must be near black on #FFFFFF")]
#[case("/inks/module_ground", json!("#F0F0F0"), "accept the UI standard at inks.module: modules must be near black on #FFFFFF")]
#[case("/words/expired/en", json!("a\u{202E}b"), "accept the UI standard at words.expired.en: a text must have 1 to 120 visible characters")]
#[case("/words/updated/en", json!("Updated"), "accept the UI standard at words.updated.en: the placeholders must be exactly {time}")]
#[case("/masks/name/en", json!("{visible} {number}"), "accept the UI standard at masks.name.en: the placeholders must be exactly {visible}")]
#[case("/words/sandbox_mark", json!(null), "read the UI standard at words.sandbox_mark: invalid type: null, expected struct Localised")]
#[case("/families/0", json!("x'); url("), "accept the UI standard at families[0]: only letters, digits, spaces and hyphens may stand here")]
#[case("/views/care/layouts/0/qr", json!(240), "accept the UI standard at views.care.layouts[0].qr: it must be between 260 and 320")]
#[case("/views/normal/layouts/0/width", json!(330), "accept the UI standard at views.normal.layouts: layouts start at 320 and rise in width")]
#[case("/views/normal/layouts/1/clock/time", json!(60), "accept the UI standard at views.normal.layouts[1].clock.height: it must be between 72 and 200")]
fn a_fault_is_named_with_its_path(#[case] path: &str, #[case] value: Value, #[case] said: &str) {
    let found = fault(path, value);
    assert!(found.starts_with(said), "{found}");
}

#[test]
fn a_missing_word_is_named() {
    let mut standard = built_in();
    standard["words"]
        .as_object_mut()
        .unwrap()
        .remove("expired_do");
    let found = Standard::parse(&serde_json::to_vec(&standard).unwrap()).unwrap_err();
    assert_eq!(
        found.to_string(),
        "accept the UI standard at words.expired_do: it is missing"
    );
}

#[test]
fn a_standard_is_bounded_and_nothing_follows_it() {
    let large = vec![b' '; STANDARD_LIMIT + 1];
    assert_eq!(
        Standard::parse(&large).unwrap_err(),
        StandardError::TooLarge {
            bytes: STANDARD_LIMIT + 1
        }
    );
    let mut trailing = Standard::built_in_bytes().to_vec();
    trailing.extend_from_slice(b"{}");
    assert!(matches!(
        Standard::parse(&trailing),
        Err(StandardError::Malformed { .. })
    ));
    let deep = "[".repeat(100_000);
    assert!(Standard::parse(deep.as_bytes()).is_err());
}

#[test]
fn a_newer_standard_may_add_words_fields_languages_and_colours() {
    let mut standard = built_in();
    standard["words"]["brand_new"] =
        json!({ "zh-Hans": "新", "zh-Hant": "新", "en": "New", "ug": "يېڭى" });
    standard["later"] = json!({ "anything": 1 });
    standard["colours"].as_array_mut().unwrap().push(json!({
        "number": 4, "id": "blue", "panel": "#F0E000", "text": "#000000", "shape": "diamond",
        "word": { "zh-Hans": "金码", "zh-Hant": "金碼", "en": "Gold" },
        "spoken": { "zh-Hans": "金码", "zh-Hant": "金碼", "en": "Gold code" }
    }));
    let standard = Standard::parse(&serde_json::to_vec(&standard).unwrap()).unwrap();
    assert_eq!(standard.colours().len(), 4);
    assert_eq!(
        standard.word("brand_new").unwrap().get(Language::ZhHans),
        "新"
    );
}
