//! Texts that were made to do harm.

use std::sync::LazyLock;

use liangma_card::{CardModel, Drawing, Fonts, Language, Standard, View, scene, svg};
use liangma_domain::mask::MaskedName;
use proptest::prelude::*;

use crate::model::{COLOURS, fonts, live, standard};

static STANDARD: LazyLock<Standard> = LazyLock::new(standard);
static FONTS: LazyLock<Fonts> = LazyLock::new(fonts);

fn named(terminal_name: &str) -> CardModel {
    CardModel {
        terminal_name: terminal_name.into(),
        ..live(View::Normal, Language::ZhHans, 320, COLOURS[0])
    }
}

/// A minimal reader of what we write: every `<` opens or closes a known element, quotes are even.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a stray > in {svg}");
        let end = rest.find('>').unwrap();
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        assert!(
            ["svg", "title", "desc", "g", "rect", "path", "text"].contains(&name.as_str()),
            "{tag}"
        );
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty());
    for outside in [
        "href", "url(", "<script", "<style", "style=", "onload", "<image", "<!",
    ] {
        assert!(!svg.contains(outside), "{outside}");
    }
    let bare = svg.split('&').skip(1).all(|after| {
        ["amp;", "lt;", "gt;", "quot;", "apos;"]
            .iter()
            .any(|entity| after.starts_with(entity))
    });
    assert!(bare, "a bare & in the document");
}

#[test]
fn markup_in_a_name_stays_text() {
    let card = scene(&STANDARD, &named("\"><image x='1'/>&lt;]]>")).unwrap();
    let drawn = svg(&card);
    assert_well_formed(&drawn);
    assert!(drawn.contains("&quot;&gt;&lt;image"));
}

#[test]
fn bidirectional_and_unseen_characters_never_reach_a_card() {
    let name = "健康\u{202E}码\u{2066}\u{200B}\u{FEFF}x\u{0}\u{E0041}\u{7}y";
    let card = scene(&STANDARD, &named(name)).unwrap();
    let json = serde_json::to_string(&card).unwrap();
    let drawn = svg(&card);
    for unseen in [
        '\u{202E}',
        '\u{2066}',
        '\u{200B}',
        '\u{FEFF}',
        '\u{0}',
        '\u{E0041}',
        '\u{7}',
    ] {
        assert!(
            !json.contains(unseen) && !drawn.contains(unseen),
            "{unseen:?}"
        );
    }
    assert!(drawn.contains("健康〓码〓x〓y"));
    assert_well_formed(&drawn);
}

#[test]
fn ten_thousand_characters_are_no_name() {
    let long = "码".repeat(10_000);
    assert!(scene(&STANDARD, &named(&long)).is_err());
    assert!(MaskedName::from_text(&long).is_err());
}

#[test]
fn marks_that_pile_up_on_a_letter_do_not_climb_over_the_line_above() {
    let piled = format!("健康e{}码", "\u{301}".repeat(20));
    let card = scene(&STANDARD, &named(&piled)).unwrap();
    assert!(svg(&card).contains("健康e\u{301}\u{301}〓码"));
}

#[test]
fn neither_the_scene_nor_the_code_is_in_debug_output() {
    let model = named("健康码");
    let card = scene(&STANDARD, &model).unwrap();
    let text = crate::model::code_text();
    assert!(!format!("{:?}", model.code).contains(&text[..20]));
    assert!(!format!("{card:?}").contains('王'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_terminal_name_gives_a_sound_card_or_an_error(name in "\\PC{0,40}|.{0,40}|[\u{300}-\u{36F}a\u{202A}-\u{202E}<&]{0,40}") {
        if let Ok(card) = scene(&STANDARD, &named(&name)) {
            assert_well_formed(&svg(&card));
            for item in &card.items {
                if let Drawing::Text(text) = &item.drawing {
                    prop_assert!(!text.text.chars().any(char::is_control));
                }
            }
            let canvas = liangma_card::Canvas::draw(
                &card, &FONTS, liangma_card::Scale::new(1.0), liangma_card::MissingCharacters::Substitute,
            );
            prop_assert!(canvas.is_ok());
        }
    }

    #[test]
    fn any_bytes_are_a_standard_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Standard::parse(&bytes);
    }
}
